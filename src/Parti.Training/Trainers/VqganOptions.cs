using Parti.Training.Adversaries;
using Parti.Training.Runs;

namespace Parti.Training.Trainers;

/// <summary>Settings of the image tokenizer's training.</summary>
public sealed record VqganOptions
{
    /// <summary>Pictures a step: 1 to 65,536 (256 in ViT-VQGAN §5.1).</summary>
    public required int Batch { get; init; }

    /// <summary>Weights of the losses.</summary>
    public VqganLosses Losses { get; init; } = VqganLosses.Demo;

    /// <summary>How the codebook starts and follows.</summary>
    public CodebookOptions Codebook { get; init; } = new();

    /// <summary>The discriminator; read only where the adversarial loss weighs something.</summary>
    public AdversaryOptions Adversary { get; init; } = new();

    /// <summary>Checks every setting.</summary>
    /// <exception cref="TrainingException">One is outside its range, or two do not fit together.</exception>
    public void Validate()
    {
        Settings.Range("batch", Batch, 1, 65_536);
        Losses.Validate();
        Codebook.Validate();
        if (Losses.Adversarial > 0)
        {
            Adversary.Validate();
            Settings.Require(
                Adversary.Begin >= Codebook.FreeSteps,
                $"adversary.begin is {Adversary.Begin}; it must be at least the codebook's free-steps ({Codebook.FreeSteps}), as pictures change when the codebook starts.");
        }
    }
}

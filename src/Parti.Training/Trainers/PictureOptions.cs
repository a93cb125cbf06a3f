using Parti.Training.Adversaries;
using Parti.Training.Runs;

namespace Parti.Training.Trainers;

/// <summary>Settings of a training of the second decoder or of an upsampler.</summary>
public sealed record PictureOptions
{
    /// <summary>Pictures a step: 1 to 65,536.</summary>
    public required int Batch { get; init; }

    /// <summary>Weights of the losses.</summary>
    public required PictureLosses Losses { get; init; }

    /// <summary>The discriminator; read only where the adversarial loss weighs something.</summary>
    public AdversaryOptions Adversary { get; init; } = new();

    /// <summary>Checks every setting.</summary>
    /// <exception cref="TrainingException">One is outside its range.</exception>
    public void Validate()
    {
        Settings.Range("batch", Batch, 1, 65_536);
        Losses.Validate();
        if (Losses.Adversarial > 0)
        {
            Adversary.Validate();
        }
    }
}

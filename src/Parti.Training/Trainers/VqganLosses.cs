using Parti.Training.Runs;

namespace Parti.Training.Trainers;

/// <summary>Weights of the image tokenizer's losses; 0 leaves a loss out.</summary>
public sealed record VqganLosses : PictureLosses
{
    /// <summary>
    /// Negative log-likelihood of the pixels under a logit-Laplace distribution (DALL·E appendix A.3): 0 to 1,000,000 (0.1 in ViT-VQGAN
    /// §3.3). Needs a decoder whose output is logit-laplace.
    /// </summary>
    public double LogitLaplace { get; init; }

    /// <summary>β of the commitment of latents to their codes: 0 to 1,000,000 (0.25 in ViT-VQGAN §3.2).</summary>
    public double Commitment { get; init; } = 0.25;

    /// <summary>The demo: ℓ1 + ℓ2 weighted towards edges.</summary>
    public static VqganLosses Demo { get; } = new() { L1 = 1, L2 = 1, Edge = 8 };

    /// <summary>ViT-VQGAN §3.3: the first phase of Parti's image tokenizer.</summary>
    public static new VqganLosses Paper { get; } = new() { L2 = 1, Perceptual = 0.1, Adversarial = 0.1, LogitLaplace = 0.1 };

    /// <inheritdoc />
    /// <exception cref="TrainingException">One is outside its range, or no loss is left.</exception>
    public override void Validate()
    {
        base.Validate();
        Check("logit-laplace", LogitLaplace);
        Check("commitment", Commitment);
    }

    /// <inheritdoc />
    private protected override bool HasError => base.HasError || LogitLaplace > 0;
}

using Parti.Training.Runs;

namespace Parti.Training.Trainers;

/// <summary>
/// Weights of the losses between a picture and what a network made of it; 0 leaves a loss out. An upsampler has those of the image
/// tokenizer (Parti §2.1).
/// </summary>
public record PictureLosses
{
    const double Highest = 1e6;

    /// <summary>Mean absolute error of the pixels: 0 to 1,000,000.</summary>
    public double L1 { get; init; }

    /// <summary>Mean squared error of the pixels: 0 to 1,000,000 (1 in ViT-VQGAN §3.3).</summary>
    public double L2 { get; init; }

    /// <summary>
    /// How much more the pixels at edges count in ℓ1 and ℓ2: a pixel weighs 1 + this times the largest difference within its 3 x 3
    /// neighbourhood; 0 to 1,000,000.
    /// </summary>
    public double Edge { get; init; }

    /// <summary>Distance of features (<see cref="Perception.PerceptualDistance"/>): 0 to 1,000,000 (0.1 in ViT-VQGAN §3.3).</summary>
    public double Perceptual { get; init; }

    /// <summary>What the discriminator makes of the pictures: 0 to 1,000,000 (0.1 in ViT-VQGAN §3.3).</summary>
    public double Adversarial { get; init; }

    /// <summary>Upsampler of the demo: ℓ1 alone.</summary>
    public static PictureLosses DemoUpsampler { get; } = new() { L1 = 1 };

    /// <summary>Second phase of the image tokenizer, and the upsamplers (Parti §2.1): no logit-Laplace loss.</summary>
    public static PictureLosses Paper { get; } = new() { L2 = 1, Perceptual = 0.1, Adversarial = 0.1 };

    /// <summary>Checks every weight.</summary>
    /// <exception cref="TrainingException">One is outside its range, or no loss is left.</exception>
    public virtual void Validate()
    {
        Check("l1", L1);
        Check("l2", L2);
        Check("edge", Edge);
        Check("perceptual", Perceptual);
        Check("adversarial", Adversarial);
        Settings.Require(HasError, "losses.l1, l2 and perceptual are all 0; at least one of them must be above 0, as pictures are judged by it.");
    }

    /// <summary>Whether a loss is left that compares a picture with its original.</summary>
    private protected virtual bool HasError => L1 > 0 || L2 > 0 || Perceptual > 0;

    private protected static void Check(string name, double weight) => Settings.Range($"losses: {name}", weight, 0, Highest);
}

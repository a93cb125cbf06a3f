using Parti.Training.Runs;

namespace Parti.Training.Adversaries;

/// <summary>Kinds of discriminators.</summary>
public enum AdversaryKind
{
    /// <summary>One verdict a picture, by residual blocks, non-saturating loss and R1 (StyleGAN2; ViT-VQGAN §3.3).</summary>
    Style,

    /// <summary>A verdict for each of many overlapping patches, hinge loss (PatchGAN; the other choice of ViT-VQGAN table 4).</summary>
    Patch,
}

/// <summary>
/// A discriminator and how it joins: it trains alone first, then its weight rises, and it is left out while it harms reconstructions
/// (<see cref="ReconstructionGuard"/>). The papers do not state any of it.
/// </summary>
public sealed record AdversaryOptions
{
    /// <summary>Which discriminator.</summary>
    public AdversaryKind Kind { get; init; } = AdversaryKind.Style;

    /// <summary>Channels at full resolution: 4 to 1,024; they double from level to level.</summary>
    public int Channels { get; init; } = 64;

    /// <summary>Most channels of a level: 4 to 4,096.</summary>
    public int MostChannels { get; init; } = 512;

    /// <summary>Levels of <see cref="AdversaryKind.Patch"/>, each of half the resolution: 1 to 6.</summary>
    public int PatchLevels { get; init; } = 3;

    /// <summary>Step at which the discriminator begins to train: 0 to 1,000,000,000. Reconstructions should be good by then.</summary>
    public long Begin { get; init; } = 20_000;

    /// <summary>Steps it trains alone, without a say in the network's loss: 0 to 1,000,000,000.</summary>
    public long Alone { get; init; } = 2_000;

    /// <summary>Steps over which its weight then rises from nothing: 1 to 1,000,000,000.</summary>
    public long Ramp { get; init; } = 5_000;

    /// <summary>Whether the weight is multiplied by the ratio of the gradient norms of the other losses and of this one (VQGAN equation 7).</summary>
    public bool Adaptive { get; init; } = true;

    /// <summary>Highest such ratio: above 0 to 1,000,000.</summary>
    public double HighestRatio { get; init; } = 10;

    /// <summary>Whether the reconstruction error is guarded.</summary>
    public bool Guarded { get; init; } = true;

    /// <summary>Running squared error, as a multiple of its best before, above which the adversarial loss is left out: 1.01 to 1,000.</summary>
    public double Harm { get; init; } = 1.5;

    /// <summary>Multiple of the best below which it comes back, and its weight rises anew: 1 to <see cref="Harm"/>.</summary>
    public double Recovered { get; init; } = 1.2;

    /// <summary>What a step leaves of the running error: 0 to 0.9999.</summary>
    public double Memory { get; init; } = 0.98;

    /// <summary>Factor of the weight each time the loss was left out: 0 to 1.</summary>
    public double Backoff { get; init; } = 0.5;

    /// <summary>γ of R1, the penalty on the discriminator's gradient at real pictures: 0 to 10,000; 0 leaves it out.</summary>
    public double R1 { get; init; } = 10;

    /// <summary>Steps from one R1 penalty to the next, which weighs as much more (lazy regularisation, StyleGAN2 §3.1): 1 to 1,000.</summary>
    public int R1Every { get; init; } = 16;

    /// <summary>Checks every setting.</summary>
    /// <exception cref="TrainingException">One is outside its range.</exception>
    public void Validate()
    {
        Settings.Require(Enum.IsDefined(Kind), $"adversary.kind is {Kind}; it must be style or patch.");
        Settings.Range("adversary.channels", Channels, 4, 1024);
        Settings.Range("adversary.most_channels", MostChannels, 4, 4096);
        Settings.Range("adversary.patch_levels", PatchLevels, 1, 6);
        Settings.Range("adversary.begin", Begin, 0, 1e9);
        Settings.Range("adversary.alone", Alone, 0, 1e9);
        Settings.Range("adversary.ramp", Ramp, 1, 1e9);
        Settings.Range("adversary.highest_ratio", HighestRatio, 1e-6, 1e6);
        Settings.Range("adversary.harm", Harm, 1.01, 1000);
        Settings.Range("adversary.recovered", Recovered, 1, Harm);
        Settings.Range("adversary.memory", Memory, 0, 0.9999);
        Settings.Range("adversary.backoff", Backoff, 0, 1);
        Settings.Range("adversary.r1", R1, 0, 10_000);
        Settings.Range("adversary.r1_every", R1Every, 1, 1000);
    }
}

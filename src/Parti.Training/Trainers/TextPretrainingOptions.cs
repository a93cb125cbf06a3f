namespace Parti.Training.Trainers;

/// <summary>How a text encoder is trained before it sees image tokens (Parti §2.3).</summary>
public sealed record TextPretrainingOptions
{
    /// <summary>Captions a step: 2 to 65,536, default 64. The contrastive objective has as many candidates.</summary>
    public int Batch { get; init; } = 64;

    /// <summary>Weight of the masked-token loss (Devlin et al. 2018): 0, which leaves it out, to 1,000; default 1.</summary>
    public double MaskedWeight { get; init; } = 1;

    /// <summary>Weight of the contrastive loss (Radford et al. 2021): 0, which leaves it out, to 1,000; default 1.</summary>
    public double ContrastiveWeight { get; init; } = 1;

    /// <summary>Share of a caption's tokens that are to be predicted, above 0 to 0.9, default 0.15; at least one of each caption.</summary>
    public double MaskedShare { get; init; } = 0.15;

    /// <summary>Edge of the pictures that the image tower sees in pixels: 8 to 1,024, a multiple of <see cref="PatchSize"/>; default 64.</summary>
    public int ImageSize { get; init; } = 64;

    /// <summary>Edge of the tower's patches in pixels: 1 to 128, default 8.</summary>
    public int PatchSize { get; init; } = 8;

    /// <summary>Layers of the image tower: 0 to 64, default 2.</summary>
    public int TowerLayers { get; init; } = 2;

    /// <summary>Width of the image tower: 8 to 8,192, a multiple of <see cref="TowerHeads"/>; default 128.</summary>
    public int TowerWidth { get; init; } = 128;

    /// <summary>Attention heads of the image tower: 1 to 256, default 4.</summary>
    public int TowerHeads { get; init; } = 4;

    /// <summary>Width in which pictures and captions are compared: 2 to 8,192, default 128.</summary>
    public int EmbeddingWidth { get; init; } = 128;

    /// <summary>Fixes which tokens of which step are masked; default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">One is out of range; the message names it and its range.</exception>
    public void Validate()
    {
        Require(Batch is >= 2 and <= 65_536, nameof(Batch), Batch, "2 to 65536");
        Require(MaskedWeight is >= 0 and <= 1000, nameof(MaskedWeight), MaskedWeight, "0 to 1000");
        Require(ContrastiveWeight is >= 0 and <= 1000, nameof(ContrastiveWeight), ContrastiveWeight, "0 to 1000");
        Require(MaskedWeight + ContrastiveWeight > 0, nameof(MaskedWeight), MaskedWeight, $"above 0 where {nameof(ContrastiveWeight)} is 0");
        Require(MaskedShare is > 0 and <= 0.9, nameof(MaskedShare), MaskedShare, "above 0 to 0.9");
        Require(PatchSize is >= 1 and <= 128, nameof(PatchSize), PatchSize, "1 to 128");
        Require(
            ImageSize is >= 8 and <= 1024 && ImageSize % PatchSize == 0, nameof(ImageSize), ImageSize, $"8 to 1024, a multiple of {nameof(PatchSize)} ({PatchSize})");
        Require(TowerLayers is >= 0 and <= 64, nameof(TowerLayers), TowerLayers, "0 to 64");
        Require(TowerHeads is >= 1 and <= 256, nameof(TowerHeads), TowerHeads, "1 to 256");
        Require(
            TowerWidth is >= 8 and <= 8192 && TowerWidth % TowerHeads == 0, nameof(TowerWidth), TowerWidth, $"8 to 8192, a multiple of {nameof(TowerHeads)} ({TowerHeads})");
        Require(EmbeddingWidth is >= 2 and <= 8192, nameof(EmbeddingWidth), EmbeddingWidth, "2 to 8192");
    }

    static void Require(bool holds, string name, object value, string range)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {range}.");
        }
    }
}

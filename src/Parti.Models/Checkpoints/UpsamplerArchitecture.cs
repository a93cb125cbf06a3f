namespace Parti.Models.Checkpoints;

/// <summary>Sizes of the convolutional upsampler: residual blocks that widen before the activation (Parti §2.1; WDSR).</summary>
public sealed record UpsamplerArchitecture
{
    /// <summary>Enlargement of each edge: 2 or 4.</summary>
    public required int Factor { get; init; }

    /// <summary>Residual blocks: 1 to 128 (12 in the paper).</summary>
    public required int Blocks { get; init; }

    /// <summary>Channels between blocks: 1 to 1,024 (128 in the paper).</summary>
    public required int Channels { get; init; }

    /// <summary>Factor by which a block widens its channels before the activation: 1 to 16 (4 fits the size in the paper).</summary>
    public required int Expansion { get; init; }

    internal void Validate(ManifestCheck check)
    {
        check.Require("factor", Factor is 2 or 4, Factor, "2 or 4");
        check.Range("blocks", Blocks, 1, 128);
        check.Range("channels", Channels, 1, 1024);
        check.Range("expansion", Expansion, 1, 16);
    }
}

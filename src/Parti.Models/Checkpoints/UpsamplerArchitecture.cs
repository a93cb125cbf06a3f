using System.Text.Json.Serialization;

namespace Parti.Models.Checkpoints;

/// <summary>Sizes of a convolutional upsampler: by default residual blocks that widen before the activation (Parti §2.1; WDSR).</summary>
public sealed record UpsamplerArchitecture
{
    /// <summary>Which network it is; a manifest that says nothing means <see cref="UpsamplerKind.Wdsr"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public UpsamplerKind Kind { get; init; }

    /// <summary>Enlargement of each edge: 2 or 4, with dense blocks also 3 or 8.</summary>
    public required int Factor { get; init; }

    /// <summary>Residual blocks, or dense blocks: 1 to 128 (12 in the paper).</summary>
    public required int Blocks { get; init; }

    /// <summary>Channels between blocks: 1 to 1,024 (128 in the paper).</summary>
    public required int Channels { get; init; }

    /// <summary>Factor by which a residual block widens its channels before the activation: 1 to 16 (4 fits the size in the paper); 0 with dense blocks.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Expansion { get; init; }

    /// <summary>Convolutions of a dense block before they are fused: 1 to 16; 0 without dense blocks.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Convolutions { get; init; }

    /// <summary>Channels that each convolution of a dense block adds: 1 to 256; 0 without dense blocks.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Growth { get; init; }

    internal void Validate(ManifestCheck check)
    {
        bool isDense = Kind != UpsamplerKind.Wdsr;
        check.Require("factor", Factor is 2 or 4 || (isDense && Factor is 3 or 8), Factor, isDense ? "2, 3, 4 or 8" : "2 or 4");
        check.Range("blocks", Blocks, 1, 128);
        check.Range("channels", Channels, 1, 1024);
        check.Range("expansion", Expansion, isDense ? 0 : 1, isDense ? 0 : 16);
        check.Range("convolutions", Convolutions, isDense ? 1 : 0, isDense ? 16 : 0);
        check.Range("growth", Growth, isDense ? 1 : 0, isDense ? 256 : 0);
    }
}

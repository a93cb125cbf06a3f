namespace Parti.Models.Families.Llama;

/// <summary>How positions turn queries and keys.</summary>
public enum RotaryKind
{
    /// <summary>
    /// Neighbouring numbers are pairs; the first half of them turns with the row of the image grid, the second with its column. Positions of
    /// the prefix multiply queries and keys by zero: they are seen, all alike (LlamaGen).
    /// </summary>
    Grid,

    /// <summary>The first half of a head is paired with the second; positions count from the first input on (LLaMA, Janus).</summary>
    Sequence,
}

/// <summary>
/// Sizes of a decoder-only image model with layers of the LLaMA type (Touvron et al. 2023): the text comes first in the sequence, as a
/// prefix of inputs, image tokens follow in raster order.
/// </summary>
public sealed record LlamaArchitecture
{
    /// <summary>Layers: 1 to 256.</summary>
    public required int Layers { get; init; }

    /// <summary>Width D of the residual stream: 8 to 65,536.</summary>
    public required int Width { get; init; }

    /// <summary>Heads of queries: 1 to 1,024.</summary>
    public required int Heads { get; init; }

    /// <summary>Heads of keys and values: a divisor of <see cref="Heads"/>; fewer than those where several query heads share one.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Width of a head: even, 2 to 1,024; a multiple of 4 with <see cref="RotaryKind.Grid"/>.</summary>
    public required int HeadWidth { get; init; }

    /// <summary>Width of the feed-forward layer: 8 to 262,144.</summary>
    public required int MlpWidth { get; init; }

    /// <summary>Image token ids: 2 to 262,144.</summary>
    public required int CodebookSize { get; init; }

    /// <summary>Rows of the token grid: 1 to 256.</summary>
    public required int GridHeight { get; init; }

    /// <summary>Columns of the token grid: 1 to 256.</summary>
    public required int GridWidth { get; init; }

    /// <summary>Most inputs before the image: 1 to 4,096.</summary>
    public required int MaxPrefix { get; init; }

    /// <summary>How positions turn queries and keys.</summary>
    public required RotaryKind Rotary { get; init; }

    /// <summary>Base of the rotary frequencies, above 1; default 10,000.</summary>
    public double RotaryBase { get; init; } = 10_000;

    /// <summary>ε of the norms; read it from the checkpoint's configuration, as 1e-5 and 1e-6 are both common.</summary>
    public required double Epsilon { get; init; }

    /// <summary>Image tokens per picture, N.</summary>
    public int ImageTokens => GridHeight * GridWidth;

    /// <summary>
    /// Positions of the KV cache: the longest prefix and all image tokens but the last, which is drawn and never read.
    /// </summary>
    public int Positions => MaxPrefix + ImageTokens - 1;
}

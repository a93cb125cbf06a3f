using Parti.Models.Checkpoints;

namespace Parti.Inference.Kernels;

/// <summary>Sizes of a decoder as the kernels see it, whatever its family.</summary>
sealed record DecoderSizes
{
    /// <summary>Width D of the residual stream.</summary>
    public required int Width { get; init; }

    /// <summary>Attention heads H.</summary>
    public required int Heads { get; init; }

    /// <summary>Heads of keys and values G, a divisor of the heads; by default as many.</summary>
    public int KeyValueHeads
    {
        get => field > 0 ? field : Heads;
        init;
    }

    /// <summary>Image tokens N.</summary>
    public required int ImageTokens { get; init; }

    /// <summary>Most text tokens that a row attends to; with a prefix, most inputs of it.</summary>
    public required int MaxTextTokens { get; init; }

    /// <summary>Whether the text comes first in a row's cache, as a prefix of inputs, in place of cross-attention.</summary>
    public bool HasPrefix { get; init; }

    /// <summary>Places L of a row's cache. The last input of a prefix predicts the first image token, and the last image token is never an input.</summary>
    public int Places => HasPrefix ? MaxTextTokens + ImageTokens - 1 : ImageTokens;

    /// <summary>Candidates V: logits of a row.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Columns of the token grid.</summary>
    public required int GridWidth { get; init; }

    /// <summary>Which earlier image tokens a token attends to.</summary>
    public AttentionKind Attention { get; init; } = AttentionKind.Dense;

    /// <summary>Edge of the neighbourhood of <see cref="AttentionKind.Convolution"/>; 0 with dense attention.</summary>
    public int Kernel { get; init; }

    /// <summary>Query heads that share a head of keys and values.</summary>
    public int HeadsPerKey => Heads / KeyValueHeads;

    /// <summary>Width E of a head.</summary>
    public int HeadWidth => Width / Heads;
}

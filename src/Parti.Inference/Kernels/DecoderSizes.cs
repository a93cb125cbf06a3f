using Parti.Models.Checkpoints;

namespace Parti.Inference.Kernels;

/// <summary>Sizes of a decoder as the kernels see it, whatever its family.</summary>
sealed record DecoderSizes
{
    /// <summary>Width D of the residual stream.</summary>
    public required int Width { get; init; }

    /// <summary>Attention heads H.</summary>
    public required int Heads { get; init; }

    /// <summary>Image tokens N: positions of a row's cache.</summary>
    public required int ImageTokens { get; init; }

    /// <summary>Most text tokens that a row attends to.</summary>
    public required int MaxTextTokens { get; init; }

    /// <summary>Candidates V: logits of a row.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Columns of the token grid.</summary>
    public required int GridWidth { get; init; }

    /// <summary>Which earlier image tokens a token attends to.</summary>
    public AttentionKind Attention { get; init; } = AttentionKind.Dense;

    /// <summary>Edge of the neighbourhood of <see cref="AttentionKind.Convolution"/>; 0 with dense attention.</summary>
    public int Kernel { get; init; }

    /// <summary>Width E of a head.</summary>
    public int HeadWidth => Width / Heads;
}

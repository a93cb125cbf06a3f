namespace Parti.Models.Checkpoints;

/// <summary>Sizes of the text encoder and the autoregressive image-token decoder (Parti §2.2 and table 1).</summary>
public sealed record TransformerArchitecture
{
    /// <summary>Layers of the text encoder: 0 to 256; 0 in families that have none.</summary>
    public required int EncoderLayers { get; init; }

    /// <summary>Layers of the decoder: 1 to 256.</summary>
    public required int DecoderLayers { get; init; }

    /// <summary>Width D of the residual stream: 8 to 65,536, a multiple of <see cref="Heads"/>.</summary>
    public required int Width { get; init; }

    /// <summary>Width of the feed-forward layer: 8 to 262,144.</summary>
    public required int MlpWidth { get; init; }

    /// <summary>Attention heads: 1 to 1,024; the head width is <see cref="Width"/> divided by it (64 in the paper).</summary>
    public required int Heads { get; init; }

    /// <summary>Ids of the text tokenizer: 8 to 1,048,576.</summary>
    public required int TextVocabulary { get; init; }

    /// <summary>Most text tokens read, end-of-sequence included: 1 to 4,096 (128 in the paper).</summary>
    public required int MaxTextTokens { get; init; }

    /// <summary>Image token ids: 2 to 262,144 (8,192 in the paper).</summary>
    public required int CodebookSize { get; init; }

    /// <summary>Image tokens per picture: 1 to 65,536, <see cref="GridHeight"/> times <see cref="GridWidth"/> (1,024 in the paper).</summary>
    public required int ImageTokens { get; init; }

    /// <summary>Rows of the token grid: 1 to 256.</summary>
    public required int GridHeight { get; init; }

    /// <summary>Columns of the token grid: 1 to 256.</summary>
    public required int GridWidth { get; init; }

    /// <summary>Which earlier image tokens a token attends to; default dense.</summary>
    public AttentionKind Attention { get; init; } = AttentionKind.Dense;

    /// <summary>
    /// Edge of the square neighbourhood of <see cref="AttentionKind.Convolution"/> in tokens: odd, 3 to 255 (11 in DALL·E, appendix B.1).
    /// 0, the default, with dense attention.
    /// </summary>
    public int Kernel { get; init; }

    /// <summary>How many image tokens a token attends to, itself included: what a decode step reads of a row's cache.</summary>
    /// <param name="position">0 to <see cref="ImageTokens"/> − 1.</param>
    public int SeenFrom(int position)
    {
        if (Attention == AttentionKind.Dense)
        {
            return position + 1;
        }
        int row = position / GridWidth, column = position % GridWidth, reach = Kernel / 2;
        int first = Math.Max(0, column - reach), last = Math.Min(GridWidth - 1, column + reach);
        return Math.Min(row, reach) * (last - first + 1) + column - first + 1;
    }

    internal void Validate(ManifestCheck check)
    {
        check.Range("encoder_layers", EncoderLayers, 0, 256);
        check.Range("decoder_layers", DecoderLayers, 1, 256);
        check.Range("width", Width, 8, 65_536);
        check.Range("mlp_width", MlpWidth, 8, 262_144);
        check.Range("heads", Heads, 1, 1024);
        check.Require("width", Width % Heads == 0, Width, $"a multiple of heads ({Heads})");
        check.Range("text_vocabulary", TextVocabulary, 8, 1_048_576);
        check.Range("max_text_tokens", MaxTextTokens, 1, 4096);
        check.Range("codebook_size", CodebookSize, 2, 262_144);
        check.Range("grid_height", GridHeight, 1, 256);
        check.Range("grid_width", GridWidth, 1, 256);
        check.Require("image_tokens", ImageTokens == GridHeight * GridWidth, ImageTokens, $"grid_height times grid_width ({GridHeight * GridWidth})");
        if (Attention == AttentionKind.Dense)
        {
            check.Require("kernel", Kernel == 0, Kernel, "0 with dense attention");
        }
        else
        {
            check.Require("kernel", Kernel is >= 3 and <= 255 && Kernel % 2 == 1, Kernel, "an odd number from 3 to 255 with convolution attention");
        }
    }
}

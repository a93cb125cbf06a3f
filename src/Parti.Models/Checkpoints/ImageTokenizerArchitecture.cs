using System.Text.Json.Serialization;

namespace Parti.Models.Checkpoints;

/// <summary>Sizes of one stack of transformer layers.</summary>
public readonly record struct TransformerStack
{
    /// <summary>Layers: 0 to 256; 0 leaves only the embedding and the head.</summary>
    public required int Layers { get; init; }

    /// <summary>Width of the residual stream: 8 to 65,536, a multiple of <see cref="Heads"/> where <see cref="HeadWidth"/> is 0.</summary>
    public required int Width { get; init; }

    /// <summary>Width of the feed-forward layer: 8 to 262,144.</summary>
    public required int MlpWidth { get; init; }

    /// <summary>Attention heads: 1 to 1,024.</summary>
    public required int Heads { get; init; }

    /// <summary>Width of a head where it is a size of its own: 1 to 4,096; 0, the default, for <see cref="Width"/> divided by <see cref="Heads"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int HeadWidth { get; init; }

    internal void Validate(ManifestCheck check)
    {
        check.Range("layers", Layers, 0, 256);
        check.Range("width", Width, 8, 65_536);
        check.Range("mlp_width", MlpWidth, 8, 262_144);
        check.Range("heads", Heads, 1, 1024);
        check.Range("head_width", HeadWidth, 0, 4096);
        check.Require("width", HeadWidth > 0 || Width % Heads == 0, Width, $"a multiple of heads ({Heads})");
    }
}

/// <summary>Sizes of an image tokenizer: by default the ViT-VQGAN of Parti §2.1 (ViT-VQGAN table 2). Pictures are square, three channels.</summary>
public sealed record ImageTokenizerArchitecture
{
    /// <summary>Which network it is; a manifest that says nothing means <see cref="ImageTokenizerKind.VitVqGan"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ImageTokenizerKind Kind { get; init; }

    /// <summary>Edge of the picture in pixels: 8 to 4,096, a multiple of <see cref="PatchSize"/>.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Edge of the patch behind one token in pixels: 1 to 64 (8 in the paper).</summary>
    public required int PatchSize { get; init; }

    /// <summary>Codes: 2 to 262,144 (8,192 in the paper).</summary>
    public required int CodebookSize { get; init; }

    /// <summary>Width of a code, the factorised ℓ2-normalised space: 2 to 1,024 (32 in the paper).</summary>
    public required int CodebookDim { get; init; }

    /// <summary>Patches to codes, in the kinds that are transformers.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TransformerStack Encoder { get; init; }

    /// <summary>Codes to patches, in the kinds that are transformers; may be larger than the encoder, on the same codes (Parti §2.1).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TransformerStack Decoder { get; init; }

    /// <summary>Convolutions, exactly in <see cref="ImageTokenizerKind.VqGan"/>.</summary>
    public VqGanArchitecture? Convolutions { get; init; }

    /// <summary>What becomes of the decoder's last numbers; raw pixels by default, also where a manifest says nothing.</summary>
    public PixelOutput Output { get; init; } = PixelOutput.Raw;

    internal void Validate(ManifestCheck check)
    {
        check.Range("image_size", ImageSize, 8, 4096);
        check.Range("patch_size", PatchSize, 1, 64);
        check.Require("image_size", ImageSize % PatchSize == 0, ImageSize, $"a multiple of patch_size ({PatchSize})");
        check.Range("codebook_size", CodebookSize, 2, 262_144);
        check.Range("codebook_dim", CodebookDim, 2, 1024);
        check.Require("output", Enum.IsDefined(Output), Output, "raw or logit-laplace");
        bool isConvolutional = Kind == ImageTokenizerKind.VqGan;
        check.Require("convolutions", isConvolutional == Convolutions is not null, Convolutions is null ? null : "given", isConvolutional ? "given with kind vqgan" : "absent but with kind vqgan");
        if (Convolutions is { } convolutions)
        {
            convolutions.Validate(check.Under("convolutions"));
            check.Require("patch_size", PatchSize == convolutions.Downsampling, PatchSize, $"2 to the number of level_channels but one ({convolutions.Downsampling})");
        }
        else
        {
            Encoder.Validate(check.Under("encoder"));
            Decoder.Validate(check.Under("decoder"));
        }
    }
}

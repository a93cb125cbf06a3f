using Parti.Models.Checkpoints;

namespace Parti.Models.Families.MinDalle;

/// <summary>Sizes of the published models.</summary>
public static class MinDallePresets
{
    /// <summary>Where the original's code starts an image, <c>2^14 − 1</c>.</summary>
    public const int StartToken = 16_383;

    /// <summary>DALL·E mini: 203 M parameters in the encoder, 235 M in the decoder.</summary>
    public static TransformerArchitecture Mini { get; } = new()
    {
        EncoderLayers = 12, DecoderLayers = 12, Width = 1024, MlpWidth = 2730, Heads = 16, TextVocabulary = 50_264, MaxTextTokens = 64,
        CodebookSize = 16_384, ImageTokens = 256, GridHeight = 16, GridWidth = 16,
    };

    /// <summary>What mini has beside its sizes.</summary>
    public static MinDalleSettings MiniSettings { get; } = new() { ImageRows = 16_385, StartToken = StartToken };

    /// <summary>DALL·E mega: 1.11 G parameters in the encoder, 1.48 G in the decoder.</summary>
    public static TransformerArchitecture Mega { get; } = Mini with
    {
        EncoderLayers = 24,
        DecoderLayers = 24,
        Width = 2048,
        MlpWidth = 4096,
        Heads = 32,
        TextVocabulary = 50_272,
    };

    /// <summary>What mega has beside its sizes.</summary>
    public static MinDalleSettings MegaSettings { get; } = new() { ImageRows = 16_416, StartToken = StartToken };

    /// <summary>The detokenizer of both: a codebook of 16,384 codes of width 256 and a VQGAN decoder, 256 px, no encoder.</summary>
    public static ImageTokenizerArchitecture Detokenizer { get; } = new()
    {
        Kind = ImageTokenizerKind.VqGan, ImageSize = 256, PatchSize = 16, CodebookSize = 16_384, CodebookDim = 256,
        Convolutions = new()
        {
            Channels = 128, LevelChannels = [128, 128, 256, 256, 512], Blocks = 2, LatentChannels = 256, AttentionLevels = [4], NormEpsilon = 1e-5,
            SignedPixels = false, HasEncoder = false,
        },
    };

    /// <summary>Sampling as the original does it by default: its supercondition factor is our guidance scale.</summary>
    public static SamplingDefaults Sampling { get; } = new() { GuidanceScale = 16, TopK = 256 };
}

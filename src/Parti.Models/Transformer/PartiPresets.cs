using Parti.Models.Checkpoints;

namespace Parti.Models.Transformer;

/// <summary>Sizes of the paper (Parti table 1) and of the shipped demo.</summary>
public static class PartiPresets
{
    /// <summary>12 + 12 layers of width 1024.</summary>
    public static TransformerArchitecture P350M { get; } = Paper(12, 12, 1024);

    /// <summary>12 + 36 layers of width 1024.</summary>
    public static TransformerArchitecture P750M { get; } = Paper(12, 36, 1024);

    /// <summary>12 + 36 layers of width 2048.</summary>
    public static TransformerArchitecture P3B { get; } = Paper(12, 36, 2048);

    /// <summary>16 + 64 layers of width 4096.</summary>
    public static TransformerArchitecture P20B { get; } = Paper(16, 64, 4096);

    /// <summary>Small enough to train on two processor cores; heads of 32 instead of 64.</summary>
    public static TransformerArchitecture Demo { get; } = new()
    {
        EncoderLayers = 3, DecoderLayers = 4, Width = 192, MlpWidth = 768, Heads = 6, TextVocabulary = 512, MaxTextTokens = 32,
        CodebookSize = 1024, ImageTokens = 64, GridHeight = 8, GridWidth = 8,
    };

    /// <summary>The image tokenizer of the demo: 64 px, patches of 8; the encoder looks at one patch at a time.</summary>
    public static ImageTokenizerArchitecture DemoImageTokenizer { get; } = new()
    {
        ImageSize = 64, PatchSize = 8, CodebookSize = 1024, CodebookDim = 16,
        Encoder = new() { Layers = 0, Width = 192, MlpWidth = 384, Heads = 6 },
        Decoder = new() { Layers = 2, Width = 192, MlpWidth = 384, Heads = 6 },
    };

    static TransformerArchitecture Paper(int encoder, int decoder, int width) => new()
    {
        EncoderLayers = encoder, DecoderLayers = decoder, Width = width, MlpWidth = 4 * width, Heads = width / 64,
        TextVocabulary = 16_000, MaxTextTokens = 128, CodebookSize = 8192, ImageTokens = 1024, GridHeight = 32, GridWidth = 32,
    };
}

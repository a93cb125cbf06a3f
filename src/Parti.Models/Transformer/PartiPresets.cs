using Parti.Models.Checkpoints;

namespace Parti.Models.Transformer;

/// <summary>Sizes of the papers (Parti table 1 and §2.1; ViT-VQGAN table 2) and of the shipped demo.</summary>
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

    /// <summary>Upsampler of the demo: 64 to 256 px.</summary>
    public static UpsamplerArchitecture DemoUpsampler { get; } = new() { Factor = 4, Blocks = 3, Channels = 16, Expansion = 3 };

    /// <summary>ViT-VQGAN-Small on both sides: Parti's tokenizer while the transformer is trained (Parti §2.1).</summary>
    public static ImageTokenizerArchitecture SmallImageTokenizer { get; } = Tokenizer(Stack(8, 8, 512), Stack(8, 8, 512));

    /// <summary>ViT-VQGAN-Base on both sides (ViT-VQGAN table 2).</summary>
    public static ImageTokenizerArchitecture BaseImageTokenizer { get; } = Tokenizer(Stack(12, 12, 768), Stack(12, 12, 768));

    /// <summary>ViT-VQGAN-Large on both sides (ViT-VQGAN table 2).</summary>
    public static ImageTokenizerArchitecture LargeImageTokenizer { get; } = Tokenizer(Stack(32, 16, 1280), Stack(32, 16, 1280));

    /// <summary>
    /// Encoder of <see cref="SmallImageTokenizer"/>, decoder of <see cref="LargeImageTokenizer"/>: Parti's final tokenizer (Parti §2.1),
    /// made by <see cref="ImageTokenizer.VitVqGan.WithDecoder"/>.
    /// </summary>
    public static ImageTokenizerArchitecture SmallLargeImageTokenizer { get; } = SmallImageTokenizer with { Decoder = LargeImageTokenizer.Decoder };

    /// <summary>256 to 512 px, about 15 M weights: 12 blocks of 128 channels (Parti §2.1).</summary>
    public static UpsamplerArchitecture Upsampler512 { get; } = new() { Factor = 2, Blocks = 12, Channels = 128, Expansion = 4 };

    /// <summary>256 to 1024 px, about 30 M weights (Parti §2.1): the number of blocks is the one that fits the published size.</summary>
    public static UpsamplerArchitecture Upsampler1024 { get; } = new() { Factor = 4, Blocks = 24, Channels = 128, Expansion = 4 };

    static ImageTokenizerArchitecture Tokenizer(TransformerStack encoder, TransformerStack decoder) =>
        new() { ImageSize = 256, PatchSize = 8, CodebookSize = 8192, CodebookDim = 32, Encoder = encoder, Decoder = decoder };

    static TransformerStack Stack(int layers, int heads, int width) => new() { Layers = layers, Width = width, MlpWidth = 4 * width, Heads = heads };

    // Parti §2.2 and §3: "conv-shaped masked sparse attention" in the decoders of all sizes; its edge is not published, 11 is DALL·E's.
    static TransformerArchitecture Paper(int encoder, int decoder, int width) => new()
    {
        EncoderLayers = encoder, DecoderLayers = decoder, Width = width, MlpWidth = 4 * width, Heads = width / 64,
        TextVocabulary = 16_000, MaxTextTokens = 128, CodebookSize = 8192, ImageTokens = 1024, GridHeight = 32, GridWidth = 32,
        Attention = AttentionKind.Convolution, Kernel = 11,
    };
}

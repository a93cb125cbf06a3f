using Parti.Models.Checkpoints;
using Parti.Models.Transformer;
using Parti.Training.Adversaries;
using Parti.Training.Configuration;
using Parti.Training.Data;
using Parti.Training.Runs;
using Parti.Training.Trainers;

namespace Parti.Training.Recipes;

/// <summary>Configurations by name: the demos', which a laptop trains, and the papers'.</summary>
public static class TrainingPresets
{
    /// <summary>Name of the demo's, on procedural scenes.</summary>
    public const string Demo = "demo";

    /// <summary>Name of those of the demo's size for pictures of the user's own.</summary>
    public const string Laptop = "laptop";

    /// <summary>Name of the second demo's, on scenes of sprites.</summary>
    public const string Sprites = "sprites";

    // ViT-VQGAN §5.1, which Parti's tokenizer and upsamplers follow.
    static readonly OptimiserOptions PaperAdam = new() { Beta2 = 0.99, WeightDecay = 1e-4, Clip = 1e9 };
    static readonly LearningRates PaperRates = new() { WarmUp = 50_000, Falls = [new() { Rate = 1e-4, Hold = 50_000, FinalRatio = 0.5 }] };

    /// <summary>Image tokenizers.</summary>
    public static IReadOnlyDictionary<string, VqganConfiguration> Vqgan { get; } = new Dictionary<string, VqganConfiguration>
    {
        [Demo] = DemoRecipe.Vqgan,
        [Sprites] = SpriteRecipe.Vqgan,
        [Laptop] = DemoRecipe.Vqgan with
        {
            Steps = 20_000,
            Architecture = PartiPresets.DemoImageTokenizer with
            {
                Encoder = PartiPresets.DemoImageTokenizer.Encoder with { Layers = 2 },
                Decoder = PartiPresets.DemoImageTokenizer.Decoder with { Layers = 4 },
            },
        },
        ["small"] = PaperVqgan(PartiPresets.SmallImageTokenizer),
        ["base"] = PaperVqgan(PartiPresets.BaseImageTokenizer),
        ["large"] = PaperVqgan(PartiPresets.LargeImageTokenizer),
    };

    /// <summary>More codes.</summary>
    public static IReadOnlyDictionary<string, CodesConfiguration> Codes { get; } = new Dictionary<string, CodesConfiguration>
    {
        [Demo] = new()
        {
            Seed = 6, Codes = 4096, Steps = 600, Batch = 32, Data = new() { Forms = 0.6 },
            Rates = LearningRates.Cosine(3e-3), Optimiser = new() { Beta2 = 0.99, WeightDecay = 0 },
        },
        [Sprites] = SpriteRecipe.Codes,
        [Laptop] = new() { Seed = 6, Codes = 8192, Steps = 2000, Batch = 32, Rates = LearningRates.Cosine(3e-3), Optimiser = new() { Beta2 = 0.99, WeightDecay = 0 } },
    };

    /// <summary>Second decoders.</summary>
    public static IReadOnlyDictionary<string, DecoderConfiguration> Decoder { get; } = new Dictionary<string, DecoderConfiguration>
    {
        [Demo] = new()
        {
            Seed = 4, Steps = 2000, Batch = 16, Decoder = PartiPresets.DemoImageTokenizer.Decoder with { Layers = 4, Width = 256, MlpWidth = 512, Heads = 8 },
            Losses = new() { L1 = 1, L2 = 1, Edge = 8 }, Rates = LearningRates.Cosine(1.5e-3), Optimiser = new() { Beta2 = 0.99, WeightDecay = 1e-4 },
        },
        ["large"] = new()
        {
            Seed = 4, Steps = 500_000, Batch = 256, Decoder = PartiPresets.LargeImageTokenizer.Decoder, Losses = PictureLosses.Paper, Rates = PaperRates, Optimiser = PaperAdam,
        },
    };

    /// <summary>Transformers.</summary>
    public static IReadOnlyDictionary<string, TransformerConfiguration> Transformer { get; } = new Dictionary<string, TransformerConfiguration>
    {
        [Demo] = DemoRecipe.Transformer,
        [Sprites] = SpriteRecipe.Transformer,
        [Laptop] = DemoRecipe.Transformer with
        {
            Steps = 20_000,
            Architecture = PartiPresets.Demo with { MaxTextTokens = 64 },
            Phases = [new() { Steps = 1 }],
            Rates = LearningRates.Cosine(1e-3, 500),
        },
        ["350M"] = PaperTransformer(PartiPresets.P350M),
        ["750M"] = PaperTransformer(PartiPresets.P750M),
        ["3B"] = PaperTransformer(PartiPresets.P3B),
        ["20B"] = PaperTransformer(PartiPresets.P20B),
    };

    /// <summary>Text encoders before the transformer.</summary>
    public static IReadOnlyDictionary<string, TextConfiguration> Text { get; } = Transformer.ToDictionary(pair => pair.Key, pair => new TextConfiguration
    {
        Seed = pair.Value.Seed, Steps = pair.Value.Batch > 1024 ? 100_000 : 5000, Batch = Math.Min(pair.Value.Batch, 1024), Architecture = pair.Value.Architecture,
        LowerCase = pair.Value.LowerCase, Rates = LearningRates.Cosine(pair.Value.Batch > 1024 ? 1e-4 : 1e-3, 500), Optimiser = new() { Beta2 = 0.99 },
    });

    /// <summary>Upsamplers.</summary>
    public static IReadOnlyDictionary<string, UpscalerConfiguration> Upscaler { get; } = new Dictionary<string, UpscalerConfiguration>
    {
        [Demo] = DemoRecipe.Upscaler,
        [Laptop] = DemoRecipe.Upscaler with { Steps = 5000 },
        ["512"] = PaperUpscaler(PartiPresets.Upsampler512),
        ["1024"] = PaperUpscaler(PartiPresets.Upsampler1024),
    };

    /// <summary>Perceptual features.</summary>
    public static IReadOnlyDictionary<string, FeaturesConfiguration> Features { get; } = new Dictionary<string, FeaturesConfiguration>
    {
        [Demo] = new()
        {
            Seed = 5, Steps = 2000, Batch = 16, ImageSize = PartiPresets.DemoImageTokenizer.ImageSize, Channels = 16, Levels = 4,
            Rates = LearningRates.Cosine(1e-3), Optimiser = new() { Beta2 = 0.99 },
        },
        ["large"] = new()
        {
            Seed = 5, Steps = 200_000, Batch = 256, ImageSize = PartiPresets.SmallImageTokenizer.ImageSize, Channels = 64, Levels = 5,
            Rates = LearningRates.Cosine(3e-4, 2000), Optimiser = new() { Beta2 = 0.99 },
        },
    };

    /// <summary>The preset that fits some data.</summary>
    /// <param name="presets">Those there are.</param>
    /// <param name="source">The data, see <see cref="ExampleSources.Open"/>.</param>
    public static string For<T>(IReadOnlyDictionary<string, T> presets, string source)
    {
        string wanted = source == ExampleSources.Scenes ? Demo : ExampleSources.IsDrawn(source) ? Sprites : Laptop;
        return presets.ContainsKey(wanted) ? wanted : Demo;
    }

    /// <summary>The configuration of a name.</summary>
    /// <param name="presets">Those there are.</param>
    /// <param name="name">Name.</param>
    /// <exception cref="SettingException">There is none of that name.</exception>
    public static T Named<T>(IReadOnlyDictionary<string, T> presets, string name) => presets.TryGetValue(name, out T? preset)
        ? preset
        : throw new SettingException($"--preset is \"{name}\"; it must be one of {string.Join(", ", presets.Keys)}.");

    static VqganConfiguration PaperVqgan(ImageTokenizerArchitecture sizes) => new()
    {
        Seed = 1, Steps = 500_000, Batch = 256, Architecture = sizes with { Output = PixelOutput.LogitLaplace }, Losses = VqganLosses.Paper, Rates = PaperRates, Optimiser = PaperAdam,
        Adversary = new AdversaryOptions { Begin = 50_000 },
    };

    static UpscalerConfiguration PaperUpscaler(UpsamplerArchitecture sizes) => new()
    {
        Seed = 3, Steps = 500_000, Batch = 256, Architecture = sizes, Losses = PictureLosses.Paper, Rates = PaperRates, Optimiser = PaperAdam,
    };

    // Parti §3.
    static TransformerConfiguration PaperTransformer(TransformerArchitecture sizes) => new()
    {
        Seed = 2, Steps = 450_000, Batch = 8192, Architecture = sizes, Compute = "bfloat16", Recompute = true, Dropout = 0.1, LowerCase = false,
        Optimiser = new() { Kind = OptimiserKind.Adafactor, Beta2 = 0.96, WeightDecay = 4.5e-2, Clip = 4 },
        Rates = new() { WarmUp = 5000, Falls = [new() { Rate = 4.5e-5, Decay = RateDecay.Exponential, Hold = 85_000, Steps = 365_000, FinalRatio = 0.025 }] },
    };
}

using Parti.Models.Checkpoints;

namespace Parti.Models.Tests.Checkpoints;

/// <summary>A small model directory whose weights are any bytes.</summary>
static class ModelSample
{
    internal static ModelManifest Manifest(string name = "demo") => new()
    {
        Name = name,
        Architecture = new ModelArchitecture
        {
            Transformer = new TransformerArchitecture
            {
                EncoderLayers = 2, DecoderLayers = 4, Width = 64, MlpWidth = 256, Heads = 4, TextVocabulary = 600, MaxTextTokens = 32,
                CodebookSize = 128, ImageTokens = 64, GridHeight = 8, GridWidth = 8, Attention = AttentionKind.Convolution, Kernel = 5,
            },
            ImageTokenizer = new ImageTokenizerArchitecture
            {
                ImageSize = 64, PatchSize = 8, CodebookSize = 128, CodebookDim = 16,
                Encoder = new TransformerStack { Layers = 2, Width = 64, MlpWidth = 128, Heads = 2 },
                Decoder = new TransformerStack { Layers = 3, Width = 96, MlpWidth = 192, Heads = 3 },
            },
            Upsampler = new UpsamplerArchitecture { Factor = 4, Blocks = 4, Channels = 24, Expansion = 6 },
        },
        TextTokenizer = new TextTokenizerEntry { File = "tokenizer.model", LowerCase = true },
        Sampling = new SamplingDefaults { GuidanceScale = 3, TopK = 32, TopP = 0.9f },
        Weights = new WeightFiles { Transformer = "transformer.safetensors", ImageTokenizer = "image_tokenizer.safetensors", Upsampler = "upsampler.safetensors" },
        Files = new Dictionary<string, ModelFile>(),
        License = new ModelLicense { Weights = "Apache-2.0", Data = "generated" },
        Provenance = new ModelProvenance { Steps = "100", Scores = new Dictionary<string, string> { ["single"] = "0.9 of 500" } },
    };

    internal static ModelDirectory Create(string path, string name = "demo")
    {
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, "tokenizer.model"), "tokenizer");
        File.WriteAllText(Path.Combine(path, "transformer.safetensors"), "weights 1");
        File.WriteAllText(Path.Combine(path, "image_tokenizer.safetensors"), "weights 2");
        File.WriteAllText(Path.Combine(path, "upsampler.safetensors"), "weights 3");
        return ModelDirectory.Write(path, Manifest(name));
    }
}

using Parti.Models.Checkpoints;

namespace Parti.EndToEnd.Tests;

/// <summary>A model directory whose weights are any bytes.</summary>
internal static class ModelSample
{
    public static ModelDirectory Create(string path)
    {
        Directory.CreateDirectory(path);
        foreach (string name in new[] { "tokenizer.model", "transformer.safetensors", "image_tokenizer.safetensors", "upsampler.safetensors" })
        {
            File.WriteAllText(Path.Combine(path, name), name);
        }

        return ModelDirectory.Write(path, Manifest());
    }

    private static ModelManifest Manifest()
    {
        TransformerStack stack = new() { Layers = 1, Width = 8, MlpWidth = 8, Heads = 1 };
        return new()
        {
            Name = ScriptedEngine.Model,
            Architecture = new()
            {
                Transformer = new()
                {
                    EncoderLayers = 1, DecoderLayers = 1, Width = 64, MlpWidth = 256, Heads = 4, TextVocabulary = 300,
                    MaxTextTokens = 32, CodebookSize = 64, ImageTokens = 64, GridHeight = 8, GridWidth = 8,
                },
                ImageTokenizer = new() { ImageSize = 64, PatchSize = 8, CodebookSize = 64, CodebookDim = 8, Encoder = stack, Decoder = stack },
                Upsampler = new() { Factor = 4, Blocks = 1, Channels = 8, Expansion = 2 },
            },
            TextTokenizer = new() { File = "tokenizer.model", LowerCase = true },
            Sampling = new(),
            Weights = new() { Transformer = "transformer.safetensors", ImageTokenizer = "image_tokenizer.safetensors", Upsampler = "upsampler.safetensors" },
            Files = new Dictionary<string, ModelFile>(),
            License = new() { Weights = "Apache-2.0", Data = "generated" },
            Provenance = new(),
        };
    }
}

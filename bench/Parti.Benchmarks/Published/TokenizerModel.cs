using Parti.Models.Checkpoints;
using Parti.Models.Transformer;
using Parti.Native;
using Parti.Training.Data;
using Parti.Training.Text;
using TorchSharp;

namespace Parti.Benchmarks.Published;

/// <summary>A model of the Parti family around an imported image tokenizer: one encoder and two decoder layers of random weights.</summary>
static class TokenizerModel
{
    const int Width = 512;

    /// <summary>Writes the model directory; the weights of the image tokenizer move into it.</summary>
    /// <param name="part">What <c>parti models import</c> made of the tokenizer.</param>
    /// <param name="target">The model directory.</param>
    public static void Write(string part, string target)
    {
        TorchRuntime.Start();
        Directory.CreateDirectory(target);
        ComponentManifest imported = ComponentDirectory.Open(part).Manifest;
        ImageTokenizerArchitecture images = imported.ImageTokenizer!;
        int grid = images.ImageSize / images.PatchSize;
        TransformerArchitecture sizes = PartiPresets.Demo with
        {
            EncoderLayers = 1,
            DecoderLayers = 2,
            Width = Width,
            MlpWidth = 4 * Width,
            Heads = 8,
            TextVocabulary = 512,
            CodebookSize = images.CodebookSize,
            GridHeight = grid,
            GridWidth = grid,
            ImageTokens = grid * grid,
        };
        File.Move(Path.Combine(part, imported.Weights), Path.Combine(target, "image_tokenizer.safetensors"));
        WriteTransformer(sizes, Path.Combine(target, "transformer.safetensors"));
        SentencePieceTrainer.Train(ExampleSources.Captions(ExampleSources.Open(ExampleSources.Scenes), 2000), new() { VocabularySize = 512 })
            .Save(Path.Combine(target, "tokenizer.model"));
        ModelDirectory.Write(target, new()
        {
            Name = Path.GetFileName(target), Architecture = new() { Transformer = sizes, ImageTokenizer = images },
            TextTokenizer = new() { File = "tokenizer.model", LowerCase = true }, Sampling = new() { GuidanceScale = 4 },
            Weights = new() { Transformer = "transformer.safetensors", ImageTokenizer = "image_tokenizer.safetensors" },
            Files = new Dictionary<string, ModelFile>(), License = new() { Weights = "random numbers", Data = "none" }, Provenance = new(),
        });
    }

    static void WriteTransformer(TransformerArchitecture sizes, string file)
    {
        using IDisposable noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.random.manual_seed(1);
        using PartiTransformer network = new(sizes);
        ModuleCheckpoint.Save(network, file);
    }
}

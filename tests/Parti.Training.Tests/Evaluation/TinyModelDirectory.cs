using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.Transformer;
using Parti.Native;
using Parti.Training.Text;
using TorchSharp;

namespace Parti.Training.Tests.Evaluation;

/// <summary>An untrained model that every command can read, of 64 px unless said otherwise, stored in float16 like a shipped one.</summary>
static class TinyModelDirectory
{
    public const string Name = "tiny";

    static readonly TransformerStack Stack = new() { Layers = 1, Width = 16, MlpWidth = 16, Heads = 2 };

    /// <param name="path">Folder to write.</param>
    /// <param name="grid">Image tokens along an edge; a patch is 8 px.</param>
    /// <param name="width">Width of the transformer; a wide one takes its time.</param>
    public static ModelDirectory Create(string path, int grid = 8, int width = 16)
    {
        TorchRuntime.Start(new TorchOptions { Threads = 1 });
        Directory.CreateDirectory(path);
        SentencePieceTrainer.Train(
            ["a red circle", "a blue square left of two green stars"], new SentencePieceTrainerOptions { VocabularySize = 300 }).Save(Path.Combine(path, "tokenizer.model"));
        ModelArchitecture sizes = Sizes(grid, width);
        torch.random.manual_seed(7);
        Save(new PartiTransformer(sizes.Transformer), Path.Combine(path, "transformer.safetensors"));
        Save(new VitVqGan(sizes.ImageTokenizer), Path.Combine(path, "vqgan.safetensors"));
        return ModelDirectory.Write(path, new()
        {
            Name = Name,
            Architecture = sizes,
            TextTokenizer = new() { File = "tokenizer.model", LowerCase = true },
            Sampling = new() { GuidanceScale = 1.5f, Temperature = 0.9f },
            Weights = new() { Transformer = "transformer.safetensors", ImageTokenizer = "vqgan.safetensors" },
            Files = new Dictionary<string, ModelFile>(),
            License = new() { Weights = "Apache-2.0", Data = "none" },
            Provenance = new(),
        });
    }

    static ModelArchitecture Sizes(int grid, int width) => new()
    {
        Transformer = new()
        {
            EncoderLayers = 1, DecoderLayers = 1, Width = width, MlpWidth = 2 * width, Heads = 2, TextVocabulary = 300,
            MaxTextTokens = 32, CodebookSize = 32, ImageTokens = grid * grid, GridHeight = grid, GridWidth = grid,
        },
        ImageTokenizer = new() { ImageSize = 8 * grid, PatchSize = 8, CodebookSize = 32, CodebookDim = 4, Encoder = Stack with { Layers = 0 }, Decoder = Stack },
    };

    static void Save(torch.nn.Module network, string file)
    {
        using (network)
        {
            ModuleCheckpoint.Save(network, file, TensorDataType.F16);
        }
    }
}

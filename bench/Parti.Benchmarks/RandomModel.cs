using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.Transformer;
using Parti.Training.Data;
using Parti.Training.Text;
using TorchSharp;

namespace Parti.Benchmarks;

/// <summary>A model directory of random weights, deleted when disposed.</summary>
sealed class RandomModel : IDisposable
{
    public const string Name = "random";

    readonly string _folder = Directory.CreateTempSubdirectory("parti-bench-").FullName;

    /// <summary>Writes the model.</summary>
    /// <param name="transformer">Sizes; its codebook and grid are those of <paramref name="images"/>.</param>
    /// <param name="images">Sizes of the image tokenizer.</param>
    /// <param name="format">How the decoder is served.</param>
    public RandomModel(TransformerArchitecture transformer, ImageTokenizerArchitecture images, WeightFormat format = WeightFormat.Float32)
    {
        using IDisposable noGrad = torch.no_grad();
        torch.random.manual_seed(1);
        using (PartiTransformer network = new(transformer))
        {
            Save(network, "transformer.safetensors");
        }
        using (VitVqGan network = new(images))
        {
            Save(network, "vqgan.safetensors");
        }
        IExamples scenes = ExampleSources.Open(ExampleSources.Scenes);
        SentencePieceTrainer.Train(ExampleSources.Captions(scenes, 2000), new() { VocabularySize = 512 }).Save(Path.Combine(_folder, "tokenizer.model"));
        ModelDirectory.Write(_folder, Manifest(transformer, images, format));
        Bytes = new DirectoryInfo(_folder).EnumerateFiles().Sum(file => file.Length);
    }

    public string Folder => _folder;

    /// <summary>Bytes of all its files.</summary>
    public long Bytes { get; }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    void Save(torch.nn.Module network, string file)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        ModuleCheckpoint.Save(network, Path.Combine(_folder, file));
    }

    static ModelManifest Manifest(TransformerArchitecture transformer, ImageTokenizerArchitecture images, WeightFormat format) => new()
    {
        Name = Name,
        Architecture = new() { Transformer = transformer, ImageTokenizer = images },
        DecoderWeights = format,
        TextTokenizer = new() { File = "tokenizer.model", LowerCase = true },
        Sampling = new() { GuidanceScale = 4 },
        Weights = new() { Transformer = "transformer.safetensors", ImageTokenizer = "vqgan.safetensors" },
        Files = new Dictionary<string, ModelFile>(),
        License = new() { Weights = "random numbers", Data = "none" },
        Provenance = new(),
    };
}

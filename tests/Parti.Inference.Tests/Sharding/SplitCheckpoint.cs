using System.Text.Json;
using Parti.Inference.Tests.Engine;
using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.Transformer;
using TorchSharp;

namespace Parti.Inference.Tests.Sharding;

/// <summary>A model directory of random weights whose transformer lies in one file a decoder layer and one for the rest.</summary>
static class SplitCheckpoint
{
    public const string Name = "split", Index = "transformer.safetensors.index.json", Rest = "rest.safetensors";

    static readonly TransformerStack Stack = new() { Layers = 1, Width = 16, MlpWidth = 16, Heads = 1 };

    static readonly ModelArchitecture Architecture = new()
    {
        Transformer = new()
        {
            EncoderLayers = 1, DecoderLayers = 4, Width = 64, MlpWidth = 96, Heads = 4, TextVocabulary = 300, MaxTextTokens = 12, CodebookSize = 64, ImageTokens = 16, GridHeight = 4, GridWidth = 4,
        },
        ImageTokenizer = new() { ImageSize = 16, PatchSize = 4, CodebookSize = 64, CodebookDim = 8, Encoder = Stack, Decoder = Stack },
    };

    public static string LayerFile(int layer) => $"layer-{layer}.safetensors";

    /// <summary>Writes the model.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="change">Changes a tensor before it is written, by its name.</param>
    public static ModelDirectory Write(string path, Func<string, torch.Tensor, torch.Tensor>? change = null)
    {
        Directory.CreateDirectory(path);
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradient = torch.no_grad();
        torch.random.manual_seed(9);
        using PartiTransformer transformer = new(Architecture.Transformer);
        using VitVqGan images = new(Architecture.ImageTokenizer);
        ModuleCheckpoint.Save(images, Path.Combine(path, "images.safetensors"));
        File.WriteAllBytes(Path.Combine(path, "tokenizer.model"), TinyModel.TokenizerFile);
        Dictionary<string, string> map = [];
        foreach (IGrouping<string, KeyValuePair<string, torch.Tensor>> file in transformer.state_dict().GroupBy(pair => FileOf(pair.Key)))
        {
            SafeTensorsWriter.Write(Path.Combine(path, file.Key), file.ToDictionary(pair => pair.Key, pair => change?.Invoke(pair.Key, pair.Value) ?? pair.Value));
            file.ToList().ForEach(pair => map.Add(pair.Key, file.Key));
        }
        File.WriteAllText(Path.Combine(path, Index), JsonSerializer.Serialize(new { weight_map = map }));
        return ModelDirectory.Write(path, Manifest(map.Values.Distinct()));
    }

    static string FileOf(string tensor) => tensor.StartsWith("decoder.", StringComparison.Ordinal) ? LayerFile(tensor["decoder.".Length] - '0') : Rest;

    static ModelManifest Manifest(IEnumerable<string> parts) => new()
    {
        Name = Name,
        Architecture = Architecture,
        TextTokenizer = new() { File = "tokenizer.model", LowerCase = true },
        Sampling = new() { GuidanceScale = 2 },
        Weights = new() { Transformer = Index, ImageTokenizer = "images.safetensors" },
        Files = parts.ToDictionary(part => part, _ => new ModelFile { Sha256 = "", Bytes = 1 }),
        License = new() { Weights = "Apache-2.0", Data = "CC0-1.0" },
        Provenance = new(),
    };
}

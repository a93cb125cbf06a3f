using System.Text.Json;
using Parti.Inference.Tests.Engine;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Janus;
using Parti.Models.Families.LlamaGen;
using Parti.Models.Families.MinDalle;
using Parti.Models.Families.T5;
using Parti.Models.ImageTokenizer;
using Parti.Models.Tests.Families;
using TorchSharp;

namespace Parti.Inference.Tests.Sharding;

/// <summary>
/// Model directories of published families with random weights. The transformer lies in one file a decoder layer, one for the text encoder
/// and one for the rest, so that files which nobody may read can be taken away.
/// </summary>
static class FamilyDirectory
{
    public const string Name = "split", Text = "text.safetensors", Rest = "rest.safetensors", Images = "images.safetensors", Encoder = "text_encoder.safetensors";
    public const int Layers = 4;

    private const string Index = "transformer.safetensors.index.json";

    private static readonly string[] TextPrefixes = ["encoder.", "caption.", "unconditional", "class_embedding.", "text_embedding."];

    private static readonly TransformerArchitecture Sizes = new()
    {
        EncoderLayers = 1, DecoderLayers = Layers, Width = 64, MlpWidth = 96, Heads = 4, TextVocabulary = 400, MaxTextTokens = 12, CodebookSize = 64, ImageTokens = 16,
        GridHeight = 4, GridWidth = 4,
    };

    private static readonly ImageTokenizerArchitecture Pictures = new()
    {
        Kind = ImageTokenizerKind.VqGan, ImageSize = 16, PatchSize = 4, CodebookSize = 64, CodebookDim = 8,
        Convolutions = new() { Channels = 8, LevelChannels = [8, 8, 16], Blocks = 1, LatentChannels = 8, AttentionLevels = [2], NormGroups = 4, NormalisedCodes = true },
    };

    public static string LayerFile(int layer) => $"layer-{layer}.safetensors";

    /// <summary>A prompt that a model of the family takes.</summary>
    public static string Prompt(string family) => family == "llamagen-classes" ? "7" : "a red circle";

    /// <summary>Writes a model: same family, same weights.</summary>
    public static ModelDirectory Write(string path, string family)
    {
        Directory.CreateDirectory(path);
        using IDisposable noGradient = torch.no_grad();
        using VqGan images = Seeded(() => new VqGan(Pictures));
        ModuleCheckpoint.Save(images, Path.Combine(path, Images));
        return family switch
        {
            "min-dalle" => WriteMinDalle(path),
            "janus" => WriteJanus(path),
            _ => WriteLlamaGen(path, family == "llamagen-classes"),
        };
    }

    /// <summary>Takes files away.</summary>
    public static ModelDirectory Without(ModelDirectory model, params IEnumerable<string> files)
    {
        foreach (string file in files)
        {
            File.Delete(Path.Combine(model.DirectoryPath, file));
        }
        return model;
    }

    private static ModelDirectory WriteMinDalle(string path)
    {
        MinDalleSettings settings = new() { ImageRows = 65, StartToken = 64 };
        using MinDalleTransformer transformer = Seeded(() => new MinDalleTransformer(Sizes, settings));
        string tokenizer = Path.Combine(AppContext.BaseDirectory, "Fixtures", "min-dalle", "mini-like");
        File.Copy(Path.Combine(tokenizer, "vocab.json"), Path.Combine(path, "vocab.json"));
        File.Copy(Path.Combine(tokenizer, "merges.txt"), Path.Combine(path, "merges.txt"));
        TextTokenizerEntry text = new() { File = "vocab.json", Merges = "merges.txt", Kind = TextTokenizerEntry.MergesKind, LowerCase = true };
        return Finish(path, MinDalleFamily.FamilyName, transformer, Sizes, settings.ToJson(), text);
    }

    private static ModelDirectory WriteJanus(string path)
    {
        TransformerArchitecture sizes = Sizes with { EncoderLayers = 0, MaxTextTokens = 40 };
        JanusSettings settings = new()
        {
            KeyValueHeads = 2, NormEpsilon = 1e-6, RotaryBase = 10_000, ImageFeatures = 8, HeadHidden = 40, PadId = 3, BeginId = 0, ImageId = 7,
        };
        using JanusModel transformer = Seeded(() => settings.Create(sizes));
        File.WriteAllText(Path.Combine(path, "tokenizer.json"), SmallJanusTokenizer.Json());
        TextTokenizerEntry text = new() { File = "tokenizer.json", Kind = TextTokenizerEntry.TokenizerJsonKind, LowerCase = false };
        return Finish(path, JanusFamily.FamilyName, transformer, sizes, settings.ToJson(), text);
    }

    private static ModelDirectory WriteLlamaGen(string path, bool classes)
    {
        T5Architecture encoder = new() { Layers = 1, Width = 24, Heads = 3, HeadWidth = 12, MlpWidth = 40, Vocabulary = 400 };
        TransformerArchitecture sizes = classes ? Sizes with { EncoderLayers = 0, MaxTextTokens = 1, TextVocabulary = 11 } : Sizes;
        LlamaGenSettings settings = new() { KeyValueHeads = 4, Classes = classes ? 10 : 0, TextEncoder = classes ? null : encoder };
        using LlamaGenModel transformer = Seeded(() => settings.Create(sizes));
        if (classes)
        {
            return Finish(path, LlamaGenFamily.FamilyName, transformer, sizes, settings.ToJson(), new() { File = "", Kind = TextTokenizerEntry.ClassesKind, LowerCase = false });
        }
        using T5Encoder network = Seeded(() => new T5Encoder(encoder));
        ModuleCheckpoint.Save(network, Path.Combine(path, Encoder));
        File.WriteAllBytes(Path.Combine(path, "tokenizer.model"), TinyModel.TokenizerFile);
        return Finish(path, LlamaGenFamily.FamilyName, transformer, sizes, settings.ToJson(), new() { File = "tokenizer.model", LowerCase = false }, Encoder);
    }

    private static ModelDirectory Finish(
        string path, string family, torch.nn.Module transformer, TransformerArchitecture sizes, JsonElement settings, TextTokenizerEntry text, string? encoder = null)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, string> map = [];
        foreach (IGrouping<string, KeyValuePair<string, torch.Tensor>> file in transformer.state_dict().GroupBy(pair => FileOf(pair.Key)))
        {
            SafeTensorsWriter.Write(Path.Combine(path, file.Key), file.ToDictionary(pair => pair.Key, pair => pair.Value));
            file.ToList().ForEach(pair => map.Add(pair.Key, file.Key));
        }
        File.WriteAllText(Path.Combine(path, Index), JsonSerializer.Serialize(new { weight_map = map }));
        return ModelDirectory.Write(path, new()
        {
            Name = Name, Family = family, Architecture = new() { Transformer = sizes, ImageTokenizer = Pictures, Settings = settings }, TextTokenizer = text,
            Sampling = new() { GuidanceScale = 2 }, Weights = new() { Transformer = Index, ImageTokenizer = Images, TextEncoder = encoder },
            Files = map.Values.Distinct().ToDictionary(part => part, _ => new ModelFile { Sha256 = "", Bytes = 1 }),
            License = new() { Weights = "random", Data = "none" }, Provenance = new(),
        });
    }

    private static string FileOf(string tensor)
    {
        string[] parts = tensor.Split('.');
        return tensor.StartsWith("decoder.layers.", StringComparison.Ordinal) || tensor.StartsWith("trunk.layers.", StringComparison.Ordinal)
            ? LayerFile(parts[2][0] - '0')
            : TextPrefixes.Any(prefix => tensor.StartsWith(prefix, StringComparison.Ordinal)) ? Text : Rest;
    }

    private static T Seeded<T>(Func<T> create)
        where T : torch.nn.Module
    {
        torch.random.manual_seed(5);
        return create();
    }
}

using Parti.Models.Checkpoints;
using Parti.Models.Families.Images;
using Parti.Models.Families.Importing;
using Parti.Models.Families.Llama;
using Parti.Models.Families.Parity;
using static TorchSharp.torch;

namespace Parti.Models.Families.Janus;

/// <summary>Janus and Janus-Pro: the half that makes pictures. Trunk, head and image tokenizer are one checkpoint.</summary>
public sealed class JanusFamily : IModelFamily
{
    /// <summary>Name of the family.</summary>
    public const string FamilyName = "janus";

    private const string TransformerFile = "transformer.safetensors", ImageTokenizerFile = "image_tokenizer.safetensors", TokenizerFile = "tokenizer.json";
    private const float Guidance = 5;

    /// <inheritdoc />
    public string Name => FamilyName;

    /// <inheritdoc />
    public PublishedLicense License { get; } = new(
        "DeepSeek Model License", "not published", "https://huggingface.co/deepseek-ai (Janus-1.3B, Janus-Pro-1B, Janus-Pro-7B)",
        "the DeepSeek Model License forbids the uses that its attachment A lists and has to be passed on with the weights; read it at https://github.com/deepseek-ai/Janus");

    /// <inheritdoc />
    public bool Recognises(ImportSource source) => JanusSource.IsIn(source);

    /// <inheritdoc />
    public ImportPlan Plan(ImportSource source, ImportRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        using JanusSource found = JanusSource.Of(source);
        IReadOnlyDictionary<string, SourceTensor> transformer = found.Tensors(), pictures = VqGanKeys.Map(found.Checkpoint.Tensors, JanusSource.ImageTokenizerPrefix);
        HashSet<string> used = [.. transformer.Values.Concat(pictures.Values).Select(tensor => tensor.Name)];
        return new()
        {
            Model = Manifest(source, request, found, pictures),
            Weights = [new(TransformerFile, transformer), new(ImageTokenizerFile, pictures)],
            Copies = new Dictionary<string, string> { [TokenizerFile] = found.Tokenizer() },
            Skipped = [.. found.Checkpoint.Tensors.Keys.Where(key => !used.Contains(key))],
        };
    }

    /// <inheritdoc />
    public IEnumerable<FixtureOutput> Run(Fixture fixture) => JanusParity.Run(fixture);

    /// <summary>What a fixture gives to other ways of computing it.</summary>
    /// <param name="fixture">A fixture of the family.</param>
    /// <returns>The caller's to dispose.</returns>
    public static PrefixFixture OpenFixture(Fixture fixture) => JanusParity.Open(fixture);

    /// <inheritdoc />
    public IReadOnlyDictionary<string, IReadOnlyList<long>>? ExpectedTensors(ModelManifest model, string file)
    {
        ArgumentNullException.ThrowIfNull(model);
        using JanusModel transformer = JanusSettings.Of(model).Create(model.Architecture.Transformer, META);
        return file == model.Weights.Transformer ? FamilySettings.Shapes(transformer) : null;
    }

    private ModelManifest Manifest(ImportSource source, ImportRequest request, JanusSource found, IReadOnlyDictionary<string, SourceTensor> pictures)
    {
        TransformerArchitecture transformer = found.Transformer();
        VqGanSettings published = new((int)(source.Number("gen_vision.norm_groups") ?? 32), NormalisedCodes: true);
        ImageTokenizerArchitecture images = VqGanSizes.Of(pictures, 0, published);
        return new()
        {
            Name = request.Name, Family = Name,
            Architecture = new()
            {
                Transformer = transformer, ImageTokenizer = images with { ImageSize = transformer.GridWidth * images.PatchSize }, Settings = found.Settings().ToJson(),
            },
            TextTokenizer = new() { File = TokenizerFile, Kind = TextTokenizerEntry.TokenizerJsonKind, LowerCase = false },
            Sampling = new() { GuidanceScale = Guidance },
            Weights = new() { Transformer = TransformerFile, ImageTokenizer = ImageTokenizerFile },
            Files = new Dictionary<string, ModelFile>(), License = new() { Weights = License.Weights, Data = License.Data },
            Provenance = new() { Origin = License.Origin },
        };
    }
}

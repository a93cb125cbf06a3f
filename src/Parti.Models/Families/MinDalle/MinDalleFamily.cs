using Parti.Models.Checkpoints;
using Parti.Models.Families.Importing;
using Parti.Models.Families.Parity;

namespace Parti.Models.Families.MinDalle;

/// <summary>DALL·E mini and mega in the form in which min-dalle publishes them: encoder, decoder, detokenizer, vocabulary and merges.</summary>
public sealed class MinDalleFamily : IModelFamily
{
    /// <summary>Name of the family.</summary>
    public const string FamilyName = "min-dalle";

    /// <summary>Names of the text tokenizer's files in a model directory.</summary>
    internal const string VocabularyFile = "tokenizer.json", MergesFile = "tokenizer.merges.txt";

    private const string TransformerFile = "transformer.safetensors", ImageTokenizerFile = "image_tokenizer.safetensors";

    /// <inheritdoc />
    public string Name => FamilyName;

    /// <inheritdoc />
    public PublishedLicense License { get; } = new(
        "Apache-2.0", "Conceptual Captions, Conceptual 12M and a part of YFCC100M, each under terms of its own",
        "https://huggingface.co/kuprel/min-dalle, converted from dalle-mini/dalle-mini, dalle-mini/dalle-mega and dalle-mini/vqgan_imagenet_f16_16384");

    /// <inheritdoc />
    public bool Recognises(ImportSource source) => MinDalleSource.IsIn(source);

    /// <inheritdoc />
    public ImportPlan Plan(ImportSource source, ImportRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        MinDalleSource found = MinDalleSource.Of(source);
        (string vocabulary, string merges) = found.TextFiles();
        return new()
        {
            Model = Manifest(found, request.Name),
            Weights = [new(TransformerFile, found.TransformerTensors()), new(ImageTokenizerFile, found.DetokenizerTensors())],
            Copies = new Dictionary<string, string> { [VocabularyFile] = vocabulary, [MergesFile] = merges },
        };
    }

    /// <inheritdoc />
    public IEnumerable<FixtureOutput> Run(Fixture fixture)
    {
        ArgumentNullException.ThrowIfNull(fixture);
        IReadOnlyList<FixtureOutput> outputs = MinDalleParity.Run(fixture);
        try
        {
            foreach (FixtureOutput output in outputs)
            {
                yield return output;
            }
        }
        finally
        {
            foreach (FixtureOutput output in outputs)
            {
                output.Values.Dispose();
            }
        }
    }

    /// <summary>The transformer of published files, without a model directory in between.</summary>
    /// <param name="source">A source that <see cref="Recognises"/> accepts.</param>
    /// <exception cref="CheckpointException">A tensor or file is missing or of another shape; the message names it.</exception>
    public static MinDalleTransformer LoadTransformer(ImportSource source) => MinDalleParity.Load(source);

    private ModelManifest Manifest(MinDalleSource found, string name)
    {
        ImageTokenizerArchitecture detokenizer = found.Detokenizer();
        return new()
        {
            Name = name,
            Family = Name,
            Architecture = new() { Transformer = found.Sizes(), ImageTokenizer = detokenizer, Settings = found.Settings().ToJson() },
            TextTokenizer = new() { File = VocabularyFile, Merges = MergesFile, Kind = TextTokenizerEntry.MergesKind, LowerCase = true },
            Sampling = MinDallePresets.Sampling with { TopK = Math.Min(MinDallePresets.Sampling.TopK, detokenizer.CodebookSize) },
            Weights = new() { Transformer = TransformerFile, ImageTokenizer = ImageTokenizerFile },
            Files = new Dictionary<string, ModelFile>(),
            License = new() { Weights = License.Weights, Data = License.Data },
            Provenance = new() { Origin = License.Origin },
        };
    }
}

using System.Text.Json;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Images;
using Parti.Models.Families.Importing;
using Parti.Models.Families.Llama;
using Parti.Models.Families.Parity;
using Parti.Models.Families.T5;
using static TorchSharp.torch;

namespace Parti.Models.Families.LlamaGen;

/// <summary>
/// LlamaGen: class- and caption-conditioned decoders. A model is a decoder, its image tokenizer and, for captions, a T5 encoder in one
/// folder; a decoder alone is a part.
/// </summary>
public sealed class LlamaGenFamily : IModelFamily
{
    /// <summary>Name of the family.</summary>
    public const string FamilyName = "llamagen";

    internal const string PiecesFile = "tokenizer.model";
    private const string TransformerFile = "transformer.safetensors", ImageTokenizerFile = "image_tokenizer.safetensors", TextEncoderFile = "text_encoder.safetensors";
    private const int Downsampling = 16;

    /// <inheritdoc />
    public string Name => FamilyName;

    /// <inheritdoc />
    public PublishedLicense License { get; } = new(
        "MIT", "ImageNet (classes); a part of LAION-COCO and pictures of the authors (captions)",
        "https://huggingface.co/FoundationVision/LlamaGen and https://huggingface.co/peizesun/llamagen_t2i; text encoder Apache-2.0, https://huggingface.co/google/flan-t5-xl");

    /// <inheritdoc />
    public bool Recognises(ImportSource source) => LlamaGenSource.Find(source) is not null;

    /// <inheritdoc />
    public ImportPlan Plan(ImportSource source, ImportRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        LlamaGenSource found = LlamaGenSource.Find(source) ?? throw new CheckpointException($"{source.Path} holds no decoder of LlamaGen.");
        return source.First(checkpoint => VqGanKeys.Recognises(checkpoint.Tensors)) is { } images
            ? PlanModel(source, request, found, images)
            : PlanDecoder(request, found);
    }

    /// <inheritdoc />
    public IEnumerable<FixtureOutput> Run(Fixture fixture) => LlamaGenParity.Run(fixture);

    /// <summary>What a fixture gives to other ways of computing it.</summary>
    /// <param name="fixture">A fixture of the family.</param>
    /// <returns>The caller's to dispose.</returns>
    public static PrefixFixture OpenFixture(Fixture fixture) => LlamaGenParity.Open(fixture);

    /// <inheritdoc />
    public IReadOnlyDictionary<string, IReadOnlyList<long>>? ExpectedTensors(ModelManifest model, string file)
    {
        ArgumentNullException.ThrowIfNull(model);
        LlamaGenSettings settings = LlamaGenSettings.Of(model);
        if (file == model.Weights.TextEncoder && settings.TextEncoder is { } sizes)
        {
            using T5Encoder encoder = new(sizes, META);
            return FamilySettings.Shapes(encoder);
        }
        using LlamaGenModel transformer = settings.Create(model.Architecture.Transformer, META);
        return file == model.Weights.Transformer ? FamilySettings.Shapes(transformer) : null;
    }

    private ImportPlan PlanModel(ImportSource source, ImportRequest request, LlamaGenSource found, SourceCheckpoint images)
    {
        T5Source? text = found.DrawsClasses ? null : T5Source.Find(source)
            ?? throw new CheckpointException($"{source.Path} holds a decoder of captions without its text encoder; put the files of flan-t5-xl and {T5Source.PiecesFile} into the same folder.");
        T5Architecture? encoder = text?.Sizes();
        TransformerArchitecture transformer = found.Transformer(encoder);
        LlamaGenSettings settings = found.Settings(encoder);
        IReadOnlyDictionary<string, SourceTensor> pictures = VqGanKeys.Map(images.Tensors);
        List<ImportWeights> weights = [new(TransformerFile, found.Tensors(settings, transformer)), new(ImageTokenizerFile, pictures)];
        Dictionary<string, string> copies = [];
        if (text is not null)
        {
            weights.Add(new(TextEncoderFile, text.Tensors()));
            copies.Add(PiecesFile, text.Pieces());
        }
        return new()
        {
            Weights = weights, Copies = copies, Skipped = [.. images.Tensors.Keys.Where(key => pictures.Values.All(tensor => tensor.Name != key))],
            Model = new()
            {
                Name = request.Name, Family = Name,
                Architecture = new() { Transformer = transformer, ImageTokenizer = Pictures(source, pictures, transformer), Settings = settings.ToJson() },
                TextTokenizer = text is null
                    ? new() { File = "", Kind = TextTokenizerEntry.ClassesKind, LowerCase = false }
                    : new() { File = PiecesFile, LowerCase = false },
                Sampling = Defaults(found.DrawsClasses, transformer.CodebookSize),
                Weights = new() { Transformer = TransformerFile, ImageTokenizer = ImageTokenizerFile, TextEncoder = text is null ? null : TextEncoderFile },
                Files = new Dictionary<string, ModelFile>(), License = new() { Weights = License.Weights, Data = License.Data },
                Provenance = new() { Origin = License.Origin },
            },
        };
    }

    private ImportPlan PlanDecoder(ImportRequest request, LlamaGenSource found)
    {
        T5Architecture? encoder = found.ImpliedEncoder();
        TransformerArchitecture transformer = found.Transformer(encoder);
        return new()
        {
            Weights = [new(TransformerFile, found.Tensors(found.Settings(encoder), transformer))],
            Component = new()
            {
                Name = request.Name, Family = Name, Component = "transformer", Weights = TransformerFile, Files = new Dictionary<string, ModelFile>(),
                Settings = JsonSerializer.SerializeToElement(found.Settings(null), LlamaGenJson.Default.LlamaGenSettings),
                License = new() { Weights = License.Weights, Data = License.Data }, Provenance = new() { Origin = License.Origin },
            },
        };
    }

    private static ImageTokenizerArchitecture Pictures(ImportSource source, IReadOnlyDictionary<string, SourceTensor> tensors, TransformerArchitecture transformer)
    {
        VqGanSettings published = new((int)(source.Number("norm_groups") ?? 32), NormalisedCodes: true);
        ImageTokenizerArchitecture sizes = VqGanSizes.Of(tensors, transformer.GridWidth * Downsampling, published);
        // The finer tokenizer has patches of 8 pixels.
        return sizes with { ImageSize = transformer.GridWidth * sizes.PatchSize };
    }

    private static SamplingDefaults Defaults(bool drawsClasses, int codes) => drawsClasses
        ? new() { GuidanceScale = 4, TopK = Math.Min(2000, codes) }
        : new() { GuidanceScale = 7.5f, TopK = Math.Min(1000, codes) };
}

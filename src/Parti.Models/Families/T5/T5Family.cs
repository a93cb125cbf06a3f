using System.Text.Json;
using System.Text.Json.Serialization;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Importing;
using Parti.Models.Families.Parity;

namespace Parti.Models.Families.T5;

/// <summary>T5 text encoders: a part of LlamaGen's caption models.</summary>
public sealed class T5Family : IModelFamily
{
    /// <summary>Name of the family.</summary>
    public const string FamilyName = "t5";

    private const string WeightsFile = "text_encoder.safetensors";

    /// <inheritdoc />
    public string Name => FamilyName;

    /// <inheritdoc />
    public PublishedLicense License { get; } = new("Apache-2.0", "C4 and the FLAN collection", "https://huggingface.co/google/flan-t5-xl");

    /// <inheritdoc />
    public bool Recognises(ImportSource source) => T5Source.Find(source) is not null;

    /// <inheritdoc />
    public ImportPlan Plan(ImportSource source, ImportRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        T5Source found = T5Source.Find(source) ?? throw new CheckpointException($"{source.Path} holds no T5 encoder.");
        IReadOnlyDictionary<string, SourceTensor> tensors = found.Tensors();
        return new()
        {
            Component = new()
            {
                Name = request.Name, Family = Name, Component = "text-encoder", Weights = WeightsFile, Files = new Dictionary<string, ModelFile>(),
                Settings = JsonSerializer.SerializeToElement(found.Sizes(), T5Json.Default.T5Architecture),
                License = new() { Weights = License.Weights, Data = License.Data }, Provenance = new() { Origin = License.Origin },
            },
            Weights = [new(WeightsFile, tensors)],
            Copies = source.FileOf(T5Source.PiecesFile) is { } pieces ? new Dictionary<string, string> { ["tokenizer.model"] = pieces } : [],
            Skipped = found.Skipped,
        };
    }

    /// <inheritdoc />
    public IEnumerable<FixtureOutput> Run(Fixture fixture) => T5Parity.Run(fixture);
}

/// <summary>JSON of the family.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(T5Architecture))]
sealed partial class T5Json : JsonSerializerContext;

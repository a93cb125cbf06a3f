using Parti.Models.Checkpoints;
using Parti.Models.Families.Importing;
using Parti.Models.Families.Parity;

namespace Parti.Models.Families.Janus;

/// <summary>Janus and Janus-Pro: the half that makes pictures.</summary>
public sealed class JanusFamily : IModelFamily
{
    /// <summary>Name of the family.</summary>
    public const string FamilyName = "janus";

    /// <inheritdoc />
    public string Name => FamilyName;

    /// <inheritdoc />
    public PublishedLicense License { get; } = new(
        "DeepSeek Model License", "not published", "https://huggingface.co/deepseek-ai (Janus-1.3B, Janus-Pro-1B, Janus-Pro-7B)",
        "the DeepSeek Model License forbids the uses listed in its attachment A and must be passed on with the weights; read it at https://github.com/deepseek-ai/Janus");

    /// <inheritdoc />
    public bool Recognises(ImportSource source) => JanusSource.IsIn(source);

    /// <inheritdoc />
    public ImportPlan Plan(ImportSource source, ImportRequest request) => throw new CheckpointException("later");

    /// <inheritdoc />
    public IEnumerable<FixtureOutput> Run(Fixture fixture) => JanusParity.Run(fixture);
}

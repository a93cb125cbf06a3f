using Parti.Models.Checkpoints;
using Parti.Models.Families.Importing;
using Parti.Models.Families.Parity;
using Parti.Models.Families.T5;

namespace Parti.Models.Families.LlamaGen;

/// <summary>LlamaGen: class- and caption-conditioned decoders.</summary>
public sealed class LlamaGenFamily : IModelFamily
{
    /// <summary>Name of the family.</summary>
    public const string FamilyName = "llamagen";

    /// <inheritdoc />
    public string Name => FamilyName;

    /// <inheritdoc />
    public PublishedLicense License { get; } = new(
        "MIT", "ImageNet (classes); a part of LAION-COCO and pictures of the authors (captions)",
        "https://huggingface.co/FoundationVision/LlamaGen and https://huggingface.co/peizesun/llamagen_t2i");

    /// <inheritdoc />
    public bool Recognises(ImportSource source) => LlamaGenSource.Find(source) is not null;

    /// <inheritdoc />
    public ImportPlan Plan(ImportSource source, ImportRequest request) => throw new CheckpointException("later");

    /// <inheritdoc />
    public IEnumerable<FixtureOutput> Run(Fixture fixture) => LlamaGenParity.Run(fixture);
}

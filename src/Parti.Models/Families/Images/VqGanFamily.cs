using Parti.Models.Checkpoints;
using Parti.Models.Families.Importing;
using Parti.Models.Families.Parity;
using Parti.Models.ImageTokenizer;
using TorchSharp;

namespace Parti.Models.Families.Images;

/// <summary>A family whose models are a VQGAN and nothing else.</summary>
public abstract class VqGanFamily : IModelFamily
{
    /// <inheritdoc />
    public abstract string Name { get; }

    /// <inheritdoc />
    public abstract PublishedLicense License { get; }

    /// <summary>What the tensors do not tell, as published.</summary>
    protected abstract VqGanSettings Published { get; }

    /// <summary>What is added to pixels from 0 to 255 before they are cut to bytes: 0, or 0.5 to round.</summary>
    protected abstract double Rounding { get; }

    /// <inheritdoc />
    public bool Recognises(ImportSource source) => Find(source) is not null;

    /// <inheritdoc />
    public ImportPlan Plan(ImportSource source, ImportRequest request)
    {
        const string File = "image_tokenizer.safetensors";
        ArgumentNullException.ThrowIfNull(request);
        (IReadOnlyDictionary<string, SourceTensor> all, string prefix) = Find(source) ?? throw Missing(source);
        IReadOnlyDictionary<string, SourceTensor> ours = VqGanKeys.Map(all, prefix);
        HashSet<string> used = [.. ours.Values.Select(tensor => tensor.Name)];
        return new()
        {
            Component = new()
            {
                Name = request.Name, Family = Name, Component = "image-tokenizer", ImageTokenizer = Sizes(source, ours), Weights = File,
                Files = new Dictionary<string, ModelFile>(), License = new() { Weights = License.Weights, Data = License.Data }, Provenance = new(),
            },
            Weights = [new(File, ours)],
            Skipped = [.. all.Keys.Where(key => !used.Contains(key))],
        };
    }

    /// <inheritdoc />
    public IEnumerable<FixtureOutput> Run(Fixture fixture)
    {
        using IDisposable noGradient = torch.no_grad();
        using VqGan tokenizer = Load(fixture);
        VqGanFixture run = Open(fixture, tokenizer);
        foreach (FixtureOutput output in run.Encode().Concat(run.Decode()))
        {
            yield return output;
        }
    }

    /// <summary>The tokenizer of a fixture.</summary>
    /// <param name="fixture">A fixture of the family.</param>
    /// <returns>The caller's to dispose.</returns>
    public VqGan Load(Fixture fixture)
    {
        ArgumentNullException.ThrowIfNull(fixture);
        (IReadOnlyDictionary<string, SourceTensor> all, string prefix) = Find(fixture.Source) ?? throw Missing(fixture.Source);
        IReadOnlyDictionary<string, SourceTensor> ours = VqGanKeys.Map(all, prefix);
        VqGan tokenizer = new(Sizes(fixture.Source, ours));
        SourceWeights.Load(tokenizer, ours, fixture.DirectoryPath);
        return tokenizer;
    }

    /// <summary>What a fixture asks of its tokenizer.</summary>
    /// <param name="fixture">A fixture of the family.</param>
    /// <param name="tokenizer">What <see cref="Load"/> gave.</param>
    public VqGanFixture Open(Fixture fixture, VqGan tokenizer)
    {
        ArgumentNullException.ThrowIfNull(fixture);
        return new(fixture, tokenizer, Find(fixture.Source) is { Prefix.Length: > 0 } ? 0 : Rounding);
    }

    /// <summary>Where in a source the tokenizer is.</summary>
    /// <param name="source">The source.</param>
    /// <returns>A checkpoint's tensors and what stands before the names of the tokenizer's; null where there is none.</returns>
    protected abstract (IReadOnlyDictionary<string, SourceTensor> Tensors, string Prefix)? Find(ImportSource source);

    /// <summary>Edge of the pictures in pixels, where the source says it.</summary>
    /// <param name="source">The source.</param>
    protected virtual int ImageSize(ImportSource source) => 256;

    private ImageTokenizerArchitecture Sizes(ImportSource source, IReadOnlyDictionary<string, SourceTensor> ours) => VqGanSizes.Of(ours, ImageSize(source), Published with
    {
        NormGroups = (int)(source.Number("norm_groups", "gen_vision.norm_groups") ?? Published.NormGroups),
        NormEpsilon = source.Number("norm_eps") ?? Published.NormEpsilon,
    });

    private CheckpointException Missing(ImportSource source) => new($"{source.Path} holds no image tokenizer of family {Name}. It holds {source.Summary}.");
}

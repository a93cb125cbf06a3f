using Parti.Models.Checkpoints;
using Parti.Models.Families;
using Parti.Models.Families.Images;
using Parti.Models.Families.Parity;

namespace Parti.Inference.Families;

/// <summary>The families that the engine serves.</summary>
public static class FamilyLoaders
{
    private static readonly IReadOnlyList<IFamilyLoader> All = [new PartiLoader(), new MinDalleLoader(), new LlamaGenLoader(), new JanusLoader()];

    /// <summary>The loader of a model.</summary>
    /// <param name="manifest">The model's manifest.</param>
    /// <exception cref="CheckpointException">Models of its family are not served.</exception>
    public static IFamilyLoader Of(ModelManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return All.FirstOrDefault(loader => loader.Family == manifest.Family) ?? throw new CheckpointException(
            $"Model {manifest.Name} is of family {manifest.Family}, which is not served; served are {string.Join(", ", All.Select(loader => loader.Family))}.");
    }

    /// <summary>Computes outputs of a fixture by the kernels of a processor, in every family that recognises it.</summary>
    /// <inheritdoc cref="IFamilyLoader.RunKernels" path="/param|/returns"/>
    public static IEnumerable<FixtureOutput> RunKernels(Fixture fixture)
    {
        ArgumentNullException.ThrowIfNull(fixture);
        HashSet<string> families = [.. ModelFamilies.All.Where(family => family.Recognises(fixture.Source)).Select(family => family.Name)];
        IEnumerable<VqGanFamily> images = ModelFamilies.All.OfType<VqGanFamily>().Where(family => families.Contains(family.Name));
        return All.Where(loader => families.Contains(loader.Family)).SelectMany(loader => loader.RunKernels(fixture))
            .Concat(images.SelectMany(family => VqGanKernels.Run(family, fixture)));
    }
}

using Parti.Models.Checkpoints;

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
}

using Parti.Grains.Workers;
using Parti.Inference;
using Parti.Inference.Execution;
using Parti.Models.Checkpoints;

namespace Parti.Silo.Composition;

/// <summary>The models of the model directories, read from their manifests: no device is needed to know them.</summary>
internal sealed class SiloModels : IModelRegistry
{
    private readonly IReadOnlyList<ModelDescription> _models;

    /// <summary>Reads the manifests.</summary>
    /// <param name="settings">Where they are.</param>
    internal SiloModels(SiloSettings settings) => _models =
        [.. ModelCatalog.Find(ModelFolders.Search(settings.ModelPaths)).Models
            .OrderBy(model => model.Manifest.Name != ModelCatalog.DefaultName)
            .Select(ModelDirectorySource.Describe)];

    /// <inheritdoc/>
    public Task<IReadOnlyList<ModelDescription>> GetModelsAsync(CancellationToken cancellationToken = default) => Task.FromResult(_models);

    /// <summary>The model directories that this silo's workers serve.</summary>
    /// <exception cref="SiloStartException">There is none, or one that is named is missing.</exception>
    internal static IReadOnlyList<string> RequiredPaths(SiloSettings settings)
    {
        IReadOnlyList<string> folders = ModelFolders.Search(settings.ModelPaths);
        ModelCatalog catalog = ModelCatalog.Find(folders);
        string[] names = [.. catalog.Models.Select(model => model.Manifest.Name)];
        if (settings.Worker.Models.FirstOrDefault(name => !names.Contains(name)) is { } missing)
        {
            throw new SiloStartException($"Parti:Worker:Models is {missing}; allowed: {string.Join(", ", names.DefaultIfEmpty("none, as there is no model"))}, found under {string.Join(", ", folders)}.");
        }

        return catalog.Models.Count > 0
            ? [.. catalog.Models.Where(model => settings.Worker.Models.Count == 0 || settings.Worker.Models.Contains(model.Manifest.Name)).Select(model => model.DirectoryPath)]
            : throw new SiloStartException(catalog.Broken.Values.FirstOrDefault()
                ?? $"There is no model under {string.Join(", ", folders)}; name a folder of model directories with --model-path, or with Parti:Models:Path.");
    }
}

using Parti.Inference;

namespace Parti.Grains.Workers;

/// <summary>The engines of this silo's devices. The host registers one; a silo without devices has none.</summary>
public interface ILocalEngines
{
    /// <summary>The devices, in order of preference.</summary>
    IReadOnlyList<string> Devices { get; }

    /// <summary>The engine of a device, once its models are loaded. The host owns and disposes it.</summary>
    Task<IInferenceEngine> GetAsync(string device, CancellationToken cancellationToken = default);
}

/// <summary>Engines that load while the silo starts.</summary>
/// <param name="engines">Device and the task that loads its engine.</param>
public sealed class LocalEngines(IReadOnlyList<KeyValuePair<string, Task<IInferenceEngine>>> engines) : ILocalEngines
{
    /// <summary>Engines that are loaded already.</summary>
    public LocalEngines(IEnumerable<IInferenceEngine> engines)
        : this([.. engines.Select(engine => KeyValuePair.Create(engine.Device, Task.FromResult(engine)))])
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Devices { get; } = [.. engines.Select(engine => engine.Key)];

    /// <inheritdoc/>
    public Task<IInferenceEngine> GetAsync(string device, CancellationToken cancellationToken = default) =>
        engines.First(engine => engine.Key == device).Value.WaitAsync(cancellationToken);
}

/// <summary>The models that jobs may name. A silo without devices reads them from the model directories.</summary>
public interface IModelRegistry
{
    /// <summary>The models, the default one first.</summary>
    Task<IReadOnlyList<ModelDescription>> GetModelsAsync(CancellationToken cancellationToken = default);
}

/// <summary>The models of this silo's own engines.</summary>
/// <param name="engines">The engines.</param>
public sealed class EngineModelRegistry(ILocalEngines engines) : IModelRegistry
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<ModelDescription>> GetModelsAsync(CancellationToken cancellationToken = default)
    {
        List<ModelDescription> models = [];
        foreach (string device in engines.Devices)
        {
            IInferenceEngine engine = await engines.GetAsync(device, cancellationToken);
            models.AddRange(engine.Models.Values.Where(model => models.All(known => known.Name != model.Name)));
        }

        return models;
    }
}

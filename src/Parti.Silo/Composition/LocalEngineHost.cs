using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Parti.Abstractions;
using Parti.Grains.Workers;
using Parti.Inference;
using Parti.Inference.Sharding;
using Parti.Native;

namespace Parti.Silo.Composition;

/// <summary>The engines of this silo's devices. They load while the silo starts, and close after it has stopped.</summary>
internal sealed class LocalEngineHost : ILocalEngines, IHostedService, IAsyncDisposable
{
    private readonly SiloSettings _settings;
    private readonly Func<EngineOptions, ILogger, IInferenceEngine> _open;
    private readonly IShardLinks _links;
    private readonly ILogger _logger;
    private readonly Dictionary<string, Lazy<Task<IInferenceEngine>>> _engines;

    /// <summary>Knows the devices; opens none yet.</summary>
    /// <param name="settings">Which devices and models.</param>
    /// <param name="open">Makes a device's engine.</param>
    /// <param name="links">Where a leader finds the other shards.</param>
    /// <param name="loggers">Where engines log.</param>
    /// <exception cref="SiloStartException">There is no model to work with.</exception>
    internal LocalEngineHost(SiloSettings settings, Func<EngineOptions, ILogger, IInferenceEngine> open, IShardLinks links, ILoggerFactory loggers)
    {
        (_settings, _open, _links, _logger) = (settings, open, links, loggers.CreateLogger("Parti.Engine"));
        Devices = settings.Roles.HasFlag(SiloRoles.Worker) && settings.Worker.Shard.Index == 0 ? DevicesOf(settings.Worker) : [];
        IReadOnlyList<string> models = Devices.Count > 0 ? SiloModels.RequiredPaths(settings) : [];
        _engines = Devices.ToDictionary(device => device, device => new Lazy<Task<IInferenceEngine>>(() => Task.Run(() => Open(device, models))));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Devices { get; }

    /// <inheritdoc/>
    public Task<IInferenceEngine> GetAsync(string device, CancellationToken cancellationToken = default) => _engines[device].Value.WaitAsync(cancellationToken);

    /// <summary>Begins to open every engine. libtorch takes a second or two to load: it does so beside the silo's own start.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (Lazy<Task<IInferenceEngine>> engine in _engines.Values)
        {
            _ = engine.Value;
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Returns when every engine is open.</summary>
    /// <exception cref="TorchStartException">libtorch cannot be used.</exception>
    /// <exception cref="EngineRequestException">No model is usable.</exception>
    internal Task WaitAsync(CancellationToken cancellationToken) => Task.WhenAll(Devices.Select(device => GetAsync(device, cancellationToken)));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (Lazy<Task<IInferenceEngine>> engine in _engines.Values.Where(engine => engine.IsValueCreated && engine.Value.IsCompletedSuccessfully))
        {
            await (await engine.Value).DisposeAsync();
        }
    }

    /// <summary>The devices that the settings name. Layers are split over processors only.</summary>
    internal static IReadOnlyList<string> DevicesOf(WorkerSettings settings) =>
        settings.Devices is not [WorkerSettings.AutoDevice] ? settings.Devices : settings.Shard.Count > 1 ? ["cpu"] : TorchDevices.Find();

    /// <summary>What the stages need. A picture that is edited becomes tokens where it is sampled.</summary>
    internal static ModelParts PartsOf(IEnumerable<Stage> stages) => stages.Aggregate(ModelParts.None, (parts, stage) => parts | stage switch
    {
        Stage.Encode => ModelParts.Text,
        Stage.Sample => ModelParts.Decoder | ModelParts.Pictures,
        Stage.Rerank => ModelParts.Decoder,
        Stage.Detokenize => ModelParts.Pictures,
        Stage.Upscale => ModelParts.Upsampler,
        _ => ModelParts.None,
    });

    private IInferenceEngine Open(string device, IReadOnlyList<string> models)
    {
        TorchRuntime.Start();
        EngineOptions options = new() { Device = device, Slots = _settings.Worker.Slots, Threads = ThreadsOf(device), Preload = _settings.Worker.Preload, Parts = PartsOf(_settings.Worker.Stages) };
        if (_settings.Worker.Shard.Leads)
        {
            (options.Shard, options.Links) = (_settings.Worker.Shard, _links);
        }

        foreach (string path in models)
        {
            options.ModelPaths.Add(path);
        }

        return _open(options, _logger);
    }

    // Several devices on one processor share its cores: threads beyond them spin against one another.
    private int? ThreadsOf(string device)
    {
        int sharing = Devices.Count(other => other.StartsWith("cpu", StringComparison.Ordinal));
        return _settings.Worker.Threads is not null || sharing < 2 || !device.StartsWith("cpu", StringComparison.Ordinal) ? _settings.Worker.Threads : ThreadsOf(sharing);
    }

    /// <summary>Threads of each of some that share the processor.</summary>
    internal static int ThreadsOf(int sharing) =>
        Math.Max(1, ProcessorBudget.Threads(null, Environment.GetEnvironmentVariable(TorchOptions.ThreadsVariable), ProcessorBudget.Cores) / sharing);
}

using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Parti.Inference.Engine;
using Parti.Inference.Families;
using Parti.Inference.Planning;
using Parti.Inference.Sharding;
using Parti.Models.Checkpoints;
using Parti.Native;
using TorchSharp;

namespace Parti.Inference.Execution;

/// <summary>Models from model directories: described at once, their files verified and loaded when first needed.</summary>
public sealed class ModelDirectorySource : IModelSource
{
    readonly Dictionary<string, ModelDirectory> _directories;
    readonly EngineOptions _options;
    readonly Func<ModelDirectory, torch.Device, ModelShare, IModelNetworks> _load;
    readonly ILogger _logger;
    readonly Dictionary<string, IShardReplica> _replicas = [];

    /// <summary>Looks for models.</summary>
    /// <param name="options">Where to look, which device, how many threads.</param>
    /// <param name="load">Makes a share of a model's networks on a device.</param>
    /// <param name="logger">Where to log; directories that cannot be used are named there.</param>
    /// <exception cref="EngineRequestException"><c>model_unavailable</c>: there is no usable model.</exception>
    public ModelDirectorySource(EngineOptions options, Func<ModelDirectory, torch.Device, ModelShare, IModelNetworks> load, ILogger logger)
    {
        (_options, _load, _logger) = (options, load, logger);
        ModelCatalog catalog = ModelCatalog.Find(options.ModelPaths);
        foreach ((string path, string reason) in catalog.Broken)
        {
            EngineLog.ModelIgnored(logger, path, reason);
        }
        _directories = catalog.Models.ToDictionary(model => model.Manifest.Name);
        if (_directories.Count == 0)
        {
            throw new EngineRequestException("model_unavailable", catalog.Broken.Values.FirstOrDefault()
                ?? $"There is no model under {string.Join(", ", options.ModelPaths)}; give a folder of model directories.");
        }
        Models = _directories.ToDictionary(pair => pair.Key, pair => Describe(pair.Value));
        Slots = options.Slots ?? FittingSlots();
        foreach (ModelDirectory directory in options.Shard.Leads ? _directories.Values.ToArray() : [])
        {
            _ = options.Shard.Of(directory.Manifest.Architecture.Transformer.DecoderLayers);
            _replicas[directory.Manifest.Name] = options.Links!.Want(new(options.Device, directory.Manifest.Name, directory.Hash, options.Shard.Count, 2 * Slots));
        }
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, ModelDescription> Models { get; }

    /// <summary>Images that can be sampled at the same time: as the options say, else what the memory plan allows every model, 1 to 8.</summary>
    public int Slots { get; }

    /// <inheritdoc />
    public bool CanSample(string name) => (_options.Parts & ModelParts.Decoder) != 0 && SessionIsOpen(name);

    /// <inheritdoc />
    /// <exception cref="CheckpointException">A file of the model is missing or damaged.</exception>
    public IModelRunner Load(string name, int slots)
    {
        long started = Stopwatch.GetTimestamp();
        TorchRuntime.Start(_options.Threads is { } threads ? new TorchOptions { Threads = threads } : null);
        ModelDirectory directory = _directories[name];
        torch.Device device = TorchDevice(_options.Device);
        RequireMemory(directory.Manifest, device, slots);
        ModelShare share = new() { Parts = _options.Parts, Shards = _options.Shard.Count, Replica = _replicas.GetValueOrDefault(name) };
        if (share.IsWhole)
        {
            directory.RequireIntact();
        }
        IModelNetworks networks = _load(directory, device, share);
        try
        {
            if (_options.ElementType != torch.ScalarType.Float32)
            {
                networks.HoldIn(_options.ElementType);
            }
            ModelRunner runner = new(Models[name], FamilyLoaders.Of(directory.Manifest).LoadTokenizer(directory), networks, slots);
            EngineLog.ModelLoaded(_logger, name, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds, string.Join(", ", runner.RowsPerStep));
            return runner;
        }
        catch
        {
            networks.Dispose();
            throw;
        }
    }

    /// <summary>What callers must know of a model, from its manifest alone.</summary>
    /// <param name="directory">The model.</param>
    public static ModelDescription Describe(ModelDirectory directory)
    {
        ModelManifest manifest = directory.Manifest;
        int native = manifest.Architecture.ImageTokenizer.ImageSize;
        int[] sizes = manifest.Architecture.Upsampler is { } upsampler ? [native, native * upsampler.Factor] : [native];
        SamplingDefaults sampling = manifest.Sampling;
        return new ModelDescription(
            manifest.Name, directory.Hash, manifest.Architecture.Transformer.MaxTextTokens, manifest.Architecture.Transformer.ImageTokens,
            native, sizes, new SamplingParams(sampling.GuidanceScale, sampling.Temperature, sampling.TopK, sampling.TopP));
    }

    bool SessionIsOpen(string name) => !_replicas.TryGetValue(name, out IShardReplica? replica) || replica.Session is { IsLost: false };

    // On a processor everything is float32 (docs/model.md). What an accelerator has left is known to its own library alone.
    void RequireMemory(ModelManifest manifest, torch.Device device, int slots)
    {
        if (device.type == DeviceType.CPU)
        {
            Plan(manifest).Require(manifest.Name, slots, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        }
    }

    // A model that does not fit at all is refused with the numbers when it is loaded. Shards of one model must agree without asking.
    int FittingSlots()
    {
        if (_options.Shard.Leads || (_options.Parts & ModelParts.Decoder) == 0 || TorchDevice(_options.Device).type != DeviceType.CPU)
        {
            return EngineOptions.DefaultSlots;
        }
        TorchRuntime.Start(_options.Threads is { } threads ? new TorchOptions { Threads = threads } : null);
        long memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return (int)Math.Clamp(_directories.Values.Min(directory => Plan(directory.Manifest).Slots(memory)), 1, EngineOptions.DefaultSlots);
    }

    MemoryPlan Plan(ModelManifest manifest) => new(
        FamilyLoaders.Of(manifest).CountWeights(manifest).Of(_options.Parts), manifest.Architecture.Transformer, sizeof(float), _options.Shard.Count, manifest.DecoderWeights);

    // cpu:N is the N-th virtual device of the one processor.
    static torch.Device TorchDevice(string device) => device.StartsWith("cuda", StringComparison.Ordinal) ? torch.device(device) : torch.CPU;
}

using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.TestingHost;
using Parti.Abstractions;
using Parti.Client;
using Parti.Grains.Imaging;
using Parti.Grains.Shards;
using Parti.Grains.Storage;
using Parti.Grains.Workers;
using Parti.Inference;
using Parti.Inference.Engine;
using Parti.Inference.Execution;
using Parti.Inference.Sharding;
using Parti.Models.Checkpoints;
using Parti.Testing.Engines;

namespace Parti.Grains.Tests.Shards;

/// <summary>
/// A control silo and workers that hold layers of the shipped model: <c>0/n</c> leads, <c>i/n</c> serves leaders, <c>0/1</c> has all.
/// Everything is real, the arithmetic too.
/// </summary>
internal sealed class ShardedSilos : IAsyncDisposable
{
    private const int Slots = 4;
    private static readonly ModelDirectory Model = ModelDirectory.Open(FindModel());
    private readonly InProcessTestCluster _cluster;
    private readonly ConcurrentQueue<LayerShard?> _next;
    private readonly ConcurrentBag<IAsyncDisposable> _owned;

    private ShardedSilos(InProcessTestCluster cluster, ConcurrentQueue<LayerShard?> next, ConcurrentBag<IAsyncDisposable> owned, HeldSteps held, string folder)
    {
        (_cluster, _next, _owned, Held) = (cluster, next, owned, held);
        Client = new OrleansPartiClient(cluster.Client, new FileResultStore(Path.Combine(folder, "results"), TimeProvider.System), TimeProvider.System, new());
    }

    public IPartiClient Client { get; }

    public IGrainFactory Grains => _cluster.Client;

    /// <summary>Where a shard can be made to stand still.</summary>
    public HeldSteps Held { get; }

    /// <summary>Starts a control silo and one silo for each shard.</summary>
    public static async Task<ShardedSilos> StartAsync(string folder, params string[] shards)
    {
        ConcurrentQueue<LayerShard?> next = new([null, .. shards.Select(Parse)]);
        ConcurrentBag<IAsyncDisposable> owned = [];
        HeldSteps held = new();
        InProcessTestClusterBuilder builder = new((short)(shards.Length + 1));
        builder.ConfigureSilo((options, silo) => Configure(silo, options.SiloName, next.TryDequeue(out LayerShard? shard) ? shard : null, folder, held, owned));
        InProcessTestCluster cluster = builder.Build();
        await cluster.DeployAsync();
        return new(cluster, next, owned, held, folder);
    }

    /// <summary>One more silo.</summary>
    public async Task AddAsync(string shard)
    {
        _next.Enqueue(Parse(shard));
        await _cluster.StartAdditionalSiloAsync();
    }

    /// <summary>A silo goes without a word.</summary>
    public Task KillAsync(string silo) => _cluster.KillSiloAsync(_cluster.Silos.Single(handle => handle.Name == silo));

    public async ValueTask DisposeAsync()
    {
        Held.Release();
        await _cluster.DisposeAsync();
        foreach (IAsyncDisposable owned in _owned)
        {
            await owned.DisposeAsync();
        }
    }

    private static LayerShard? Parse(string text) => LayerShard.TryParse(text, out LayerShard shard) ? shard : throw new ArgumentException(text);

    private static void Configure(ISiloBuilder silo, string name, LayerShard? shard, string folder, HeldSteps held, ConcurrentBag<IAsyncDisposable> owned)
    {
        silo.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Error));
        silo.Services.AddSingleton<IModelRegistry>(new Registry());
        silo.Services.AddSingleton<IPictureEncoder, RawPictureEncoder>();
        silo.Services.AddFileResultStore(Path.Combine(folder, "results"));
        silo.AddFileGrainStorage(Path.Combine(folder, "state"));
        silo.Configure<ClusterMembershipOptions>(options => (options.ProbeTimeout, options.NumMissedProbesLimit, options.NumVotesForDeathDeclaration) = (TimeSpan.FromSeconds(1), 3, 1));
        silo.AddPartiGrains(options =>
        {
            options.LeaseDuration = TimeSpan.FromSeconds(3);
            options.PollInterval = TimeSpan.FromMilliseconds(200);
            options.CheckpointTokens = 8;
            options.CheckpointInterval = TimeSpan.Zero;
            options.SweepInterval = TimeSpan.FromSeconds(2);
        });
        if (shard is not { } layers)
        {
            silo.Services.AddSingleton<ILocalEngines>(new LocalEngines(Array.Empty<IInferenceEngine>()));
            return;
        }

        silo.WithoutControlGrains();
        if (layers.Index == 0)
        {
            silo.Services.AddSingleton<ILocalEngines>(services => new LocalEngines([Own(Lead(layers, services.GetRequiredService<IShardLinks>()), owned)]));
            return;
        }

        silo.Services.AddSingleton<ILocalEngines>(new LocalEngines(Array.Empty<IInferenceEngine>()));
        silo.Services.AddSingleton<ILocalShards>(new LocalShards(new LocalShard("cpu", Own(ShardEngine.Open(Model, layers, Slots, 1, NullLogger.Instance), owned))));
        HeldSteps.Silo steps = held.Of(name);
        silo.AddIncomingGrainCallFilter(steps.FilterAsync);
    }

    private static IInferenceEngine Lead(LayerShard layers, IShardLinks links)
    {
        EngineOptions options = new() { Slots = Slots, Threads = 1, Shard = layers, Links = layers.Leads ? links : null };
        options.ModelPaths.Add(Model.DirectoryPath);
        return DeviceEngine.Open(options, NullLogger.Instance);
    }

    private static T Own<T>(T engine, ConcurrentBag<IAsyncDisposable> owned)
        where T : IAsyncDisposable
    {
        owned.Add(engine);
        return engine;
    }

    private static string FindModel()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (ModelDirectory.Exists(Path.Combine(folder.FullName, "models", "demo")))
            {
                return Path.Combine(folder.FullName, "models", "demo");
            }
        }

        throw new DirectoryNotFoundException("The shipped model is not above the tests.");
    }

    private sealed class Registry : IModelRegistry
    {
        public Task<IReadOnlyList<ModelDescription>> GetModelsAsync(CancellationToken cancellationToken = default) =>
            Task.FromResult<IReadOnlyList<ModelDescription>>([ModelDirectorySource.Describe(Model)]);
    }
}

/// <summary>Lets shards take some steps, then holds the next one of one of them for ever: that silo is sure to have images under way.</summary>
internal sealed class HeldSteps
{
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Silo> _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left = int.MaxValue;

    /// <summary>The name of the silo that stands still.</summary>
    public async Task<string> HeldAsync() => (await _held.Task).Name;

    /// <summary>Holds the step after some more.</summary>
    public void HoldAfter(int steps) => Volatile.Write(ref _left, steps);

    public void Release() => _release.TrySetResult();

    /// <summary>One start of a silo: the one that follows a killed silo has its name, and is not held.</summary>
    public Silo Of(string name) => new(this, name);

    internal sealed class Silo(HeldSteps steps, string name)
    {
        public string Name => name;

        public async Task FilterAsync(IIncomingGrainCallContext context)
        {
            bool isStep = context.InterfaceMethod.Name == nameof(IShardGrain.StepAsync);
            if (isStep && Interlocked.Decrement(ref steps._left) < 0)
            {
                steps._held.TrySetResult(this);
            }

            if (isStep && steps._held.Task.IsCompletedSuccessfully && await steps._held.Task == this)
            {
                await steps._release.Task;
            }

            await context.Invoke();
        }
    }
}

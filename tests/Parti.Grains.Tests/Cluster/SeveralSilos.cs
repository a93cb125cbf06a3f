using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.TestingHost;
using Parti.Client;
using Parti.Grains.Imaging;
using Parti.Grains.Storage;
using Parti.Grains.Workers;
using Parti.Testing.Engines;

namespace Parti.Grains.Tests.Cluster;

/// <summary>Several silos over one folder, each with a device of its own that computes nothing.</summary>
public sealed class SeveralSilos : IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;

    private SeveralSilos(InProcessTestCluster cluster, ConcurrentBag<NoOpEngine> engines, string folder)
    {
        _cluster = cluster;
        Engines = engines;
        Client = new OrleansPartiClient(cluster.Client, new FileResultStore(Path.Combine(folder, "results"), TimeProvider.System), TimeProvider.System, new());
    }

    public IPartiClient Client { get; }

    public IGrainFactory Grains => _cluster.Client;

    /// <summary>The devices of all silos that ever were.</summary>
    public IReadOnlyCollection<NoOpEngine> Engines { get; }

    public IReadOnlyList<InProcessSiloHandle> Silos => [.. _cluster.Silos];

    /// <summary>Starts them.</summary>
    /// <param name="folder">Jobs and pictures.</param>
    /// <param name="silos">How many.</param>
    /// <param name="times">How long their devices take.</param>
    /// <param name="configure">Settings.</param>
    /// <param name="hashes">A digit a silo, of which its model's hash is made; 0 is what the cluster serves.</param>
    public static async Task<SeveralSilos> StartAsync(string folder, int silos, NoOpTimes times, Action<PartiGrainsOptions>? configure = null, string hashes = "")
    {
        ConcurrentBag<NoOpEngine> engines = [];
        InProcessTestClusterBuilder builder = new((short)silos);
        LocalEngines served = new([new NoOpEngine(times)]);
        int started = -1;
        builder.ConfigureSilo((_, silo) =>
        {
            // Silos are configured at the same time.
            int number = Interlocked.Increment(ref started);
            NoOpEngine engine = new(times, slots: 4, hash: new(number < hashes.Length ? hashes[number] : '0', 64));
            engines.Add(engine);
            silo.Services.AddSingleton<IModelRegistry>(new EngineModelRegistry(served));
            silo.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Error));
            silo.Services.AddSingleton<ILocalEngines>(new LocalEngines([engine]));
            silo.Services.AddSingleton<IPictureEncoder, RawPictureEncoder>();
            silo.Services.AddFileResultStore(Path.Combine(folder, "results"));
            silo.AddFileGrainStorage(Path.Combine(folder, "state"));
            silo.Configure<ClusterMembershipOptions>(options => (options.ProbeTimeout, options.NumMissedProbesLimit, options.NumVotesForDeathDeclaration) = (TimeSpan.FromSeconds(1), 3, 1));
            silo.AddPartiGrains(options =>
            {
                options.LeaseDuration = TimeSpan.FromSeconds(3);
                options.CheckpointTokens = 16;
                options.CheckpointInterval = TimeSpan.Zero;
                options.SweepInterval = TimeSpan.FromSeconds(2);
                configure?.Invoke(options);
            });
        });
        InProcessTestCluster cluster = builder.Build();
        await cluster.DeployAsync();
        return new(cluster, engines, folder);
    }

    /// <summary>Stops a silo in order and puts a new one in its place.</summary>
    public async Task ReplaceAsync(InProcessSiloHandle silo)
    {
        await _cluster.StopSiloAsync(silo);
        await _cluster.StartAdditionalSiloAsync();
    }

    /// <summary>A silo goes without a word.</summary>
    public Task KillAsync(InProcessSiloHandle silo) => _cluster.KillSiloAsync(silo);

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();
}

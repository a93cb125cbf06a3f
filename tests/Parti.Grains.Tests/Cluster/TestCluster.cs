using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime.Hosting;
using Orleans.TestingHost;
using Parti.Abstractions;
using Parti.Client;
using Parti.Grains.Imaging;
using Parti.Grains.Storage;
using Parti.Grains.Workers;
using Parti.Inference;

namespace Parti.Grains.Tests.Cluster;

/// <summary>One silo over a folder, with a test engine. The same folder may be opened again after a kill.</summary>
public sealed class TestCluster : IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;

    private TestCluster(InProcessTestCluster cluster, TestEngine engine, ObservedStorage storage, ObservedResults results, ObservedCalls calls)
    {
        _cluster = cluster;
        Engine = engine;
        Storage = storage;
        Results = results;
        Calls = calls;
        Client = new OrleansPartiClient(cluster.Client, Results, TimeProvider.System, new());
    }

    public TestEngine Engine { get; }

    public ObservedStorage Storage { get; }

    public ObservedResults Results { get; }

    public ObservedCalls Calls { get; }

    public IPartiClient Client { get; }

    public IGrainFactory Grains => _cluster.Client;

    public string Worker => WorkerKey.For(_cluster.Silos[0].Name, Engine.Device);

    public static async Task<TestCluster> StartAsync(string folder, TestEngine? engine = null, Action<PartiGrainsOptions>? configure = null)
    {
        TestEngine used = engine ?? new();
        ObservedStorage storage = new(new FileGrainStorage(Path.Combine(folder, "state")));
        ObservedResults results = new(new FileResultStore(Path.Combine(folder, "results"), TimeProvider.System));
        ObservedCalls calls = new();
        InProcessTestClusterBuilder builder = new(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
            silo.Services.AddSingleton<ILocalEngines>(new LocalEngines([used]));
            silo.Services.AddSingleton<IPictureEncoder, TestPictureEncoder>();
            silo.Services.AddSingleton<IInferenceEngine>(used);
            silo.Services.AddSingleton<IResultStore>(results);
            silo.Services.AddSingleton<IResultReader>(results);
            silo.Services.AddGrainStorage(PartiGrainsOptions.StorageName, (_, _) => storage);
            silo.AddOutgoingGrainCallFilter(calls);
            silo.AddPartiGrains(options =>
            {
                // Every token is worth a report: one that comes while a report is under way goes with the next, so that a paused picture is always
                // known up to its last token.
                options.CheckpointTokens = 1;
                options.CheckpointInterval = TimeSpan.Zero;
                options.DrainBudget = TimeSpan.Zero;
                configure?.Invoke(options);
            });
        });
        builder.ConfigureClient(client => client.AddOutgoingGrainCallFilter(calls));
        InProcessTestCluster cluster = builder.Build();
        await cluster.DeployAsync();
        return new(cluster, used, storage, results, calls);
    }

    /// <summary>The silo goes without a word, as if its process were killed.</summary>
    public async Task KillAsync()
    {
        // The silo runs in this process and still tidies up; nothing of that may reach the disk.
        Storage.WriteFailure = new IOException("The process is gone.");
        await _cluster.KillSiloAsync(_cluster.Silos[0]);
        await _cluster.KillClientAsync();
    }

    /// <summary>The silo stops in order: workers drain.</summary>
    public Task StopAsync() => _cluster.StopAllSilosAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();
}

/// <summary>A folder that goes with the test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("parti-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>One cluster for tests that leave it as they found it.</summary>
public sealed class SharedCluster : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    public TestCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Cluster = await TestCluster.StartAsync(_folder.Path);

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        _folder.Dispose();
    }
}

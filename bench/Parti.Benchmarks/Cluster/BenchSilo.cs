using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Parti.Client;
using Parti.Grains;
using Parti.Grains.Imaging;
using Parti.Grains.Workers;
using Parti.Inference;
using Parti.Testing;
using Parti.Testing.Engines;
using StackExchange.Redis;

namespace Parti.Benchmarks.Cluster;

/// <summary>What a silo of the benchmarks is made of.</summary>
sealed record BenchSiloOptions
{
    public string Name { get; init; } = "bench";

    /// <summary>Redis for membership and state; null for one process with its state in files.</summary>
    public string? Redis { get; init; }

    /// <summary>Folder of pictures, and of state where there is no Redis.</summary>
    public required string Folder { get; init; }

    public required IReadOnlyList<IInferenceEngine> Engines { get; init; }

    public int Partitions { get; init; } = 1;
}

/// <summary>The real grains over the real stores, with devices that compute nothing.</summary>
sealed class BenchSilo : IAsyncDisposable
{
    const int Capacity = 1_000_000;
    readonly IHost _host;

    BenchSilo(IHost host) => _host = host;

    public IPartiClient Client => _host.Services.GetRequiredService<IPartiClient>();

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public static async Task<BenchSilo> StartAsync(BenchSiloOptions options)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Error).AddSimpleConsole(console => console.SingleLine = true);
        builder.Services.AddSingleton<ILocalEngines>(new LocalEngines(options.Engines));
        builder.Services.AddSingleton<IPictureEncoder, RawPictureEncoder>();
        builder.Services.AddFileResultStore(Path.Combine(options.Folder, "results"));
        builder.Services.AddPartiOrleansClient();
        IConnectionMultiplexer? redis = options.Redis is null ? null : await ConnectionMultiplexer.ConnectAsync(options.Redis);
        builder.UseOrleans(silo =>
        {
            int siloPort = ServerProcess.FreePort(), gatewayPort = ServerProcess.FreePort();
            if (redis is null)
            {
                silo.UseLocalhostClustering(siloPort, gatewayPort);
                silo.AddFileGrainStorage(Path.Combine(options.Folder, "state"));
            }
            else
            {
                silo.UseRedisClustering(clustering => (clustering.ConfigurationOptions, clustering.CreateMultiplexer) = (new(), _ => Task.FromResult((redis, true))));
                silo.AddRedisGrainStorage(() => Task.FromResult(redis));
                silo.ConfigureEndpoints(IPAddress.Loopback, siloPort, gatewayPort);
            }

            // Those that a client looks for.
            silo.Configure<ClusterOptions>(ids => (ids.ClusterId, ids.ServiceId) = ("parti", "parti"));
            silo.Configure<SiloOptions>(named => named.SiloName = options.Name);
            silo.AddPartiGrains(grains =>
            {
                grains.QueueCapacity = Capacity;
                grains.CatalogPartitions = options.Redis is null ? 1 : 6;
                grains.QueuePartitions = options.Partitions;
                grains.SmallBatch = 16;
            });
        });
        IHost host = builder.Build();
        await host.StartAsync();
        return new(host);
    }

    /// <summary>Runs until the process is told to end.</summary>
    public Task WaitForShutdownAsync() => _host.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Parti.Abstractions;
using Parti.Grains.Shards;
using Parti.Grains.Workers;

namespace Parti.Grains;

/// <summary>Starts this silo's workers, shards and the sweep when the silo is up, and drains the workers before it goes.</summary>
internal sealed partial class PartiSiloLifecycle(
    IGrainFactory grains,
    ILocalEngines engines,
    ILocalShards shards,
    ShardClaims claims,
    IOptions<SiloOptions> silo,
    IOptions<PartiGrainsOptions> options,
    ILogger<PartiSiloLifecycle> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(PartiSiloLifecycle), ServiceLifecycleStage.Active, StartAsync, StopAsync);

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        claims.Start();
        await Task.WhenAll([.. Workers().Select(worker => worker.StartAsync()), .. Shards().Select(shard => shard.StartAsync())]);
        for (int partition = 0; partition < options.Value.CatalogPartitions; partition++)
        {
            _ = SweepAsync(partition);
        }
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(Workers().Select(worker => worker.DrainAsync(options.Value.DrainBudget))).WaitAsync(cancellationToken);
        }
        catch (Exception exception)
        {
            LogDrainFailed(exception);
        }

        // Images that were handed over need no shard any more.
        await claims.StopAsync();
    }

    private IEnumerable<IWorkerGrain> Workers() =>
        engines.Devices.Select(device => grains.GetGrain<IWorkerGrain>(WorkerKey.For(silo.Value.SiloName, device)));

    private IEnumerable<IShardGrain> Shards() =>
        shards.All.Select(shard => grains.GetGrain<IShardGrain>(ShardKey.For(silo.Value.SiloName, shard.Device, shard.Engine.Model)));

    private async Task SweepAsync(int partition)
    {
        try
        {
            await grains.GetGrain<IJobCatalogGrain>(partition).SweepAsync();
        }
        catch (Exception exception)
        {
            LogSweepFailed(partition, exception);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The workers could not be drained; their leases expire by themselves")]
    private partial void LogDrainFailed(Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "The first sweep of partition {Partition} failed; its timer tries again")]
    private partial void LogSweepFailed(int partition, Exception exception);
}

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Parti.Abstractions;
using Parti.Grains.Placement;
using Parti.Grains.Shards;
using Parti.Grains.Workers;

namespace Parti.Grains;

/// <summary>Starts this silo's workers, shards and the sweep when the silo is up, has jobs looked at after the death of another one, and drains the workers before it goes.</summary>
internal sealed partial class PartiSiloLifecycle(
    IGrainFactory grains,
    ILocalEngines engines,
    ILocalShards shards,
    ShardClaims claims,
    SiloDeaths deaths,
    TimeProvider time,
    IOptions<SiloOptions> silo,
    IOptions<PartiGrainsOptions> options,
    ILogger<PartiSiloLifecycle> logger) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan KeepInterval = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private Task _keeping = Task.CompletedTask;
    private IDisposable? _hearing;

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(PartiSiloLifecycle), ServiceLifecycleStage.Active, StartAsync, StopAsync);

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        claims.Start();

        // A machine that is short of processors answers late; that is no reason to give up the start.
        await CallAgain.RunAsync(StartGrainsAsync, time, CallAgain.UntilADeathIsKnown);
        _keeping = Task.Run(KeepAsync, CancellationToken.None);
        _hearing = deaths.Subscribe(OnDeath);
        Sweep();
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        _hearing?.Dispose();
        await _stop.CancelAsync();
        await _keeping;
        try
        {
            await Task.WhenAll(Workers().Select(worker => worker.DrainFullyAsync(options.Value.DrainBudget, time, cancellationToken)));
        }
        catch (Exception exception)
        {
            LogDrainFailed(exception);
        }

        // Images that were handed over need no shard any more.
        await claims.StopAsync();
    }

    private Task StartGrainsAsync() => Task.WhenAll([.. Workers().Select(worker => worker.StartAsync()), .. Shards().Select(shard => shard.StartAsync())]);

    // With another silo that part of the grain directory may go in which a grain of this silo was listed, and then the grain goes too. Nobody
    // else would bring it back.
    private async Task KeepAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(KeepInterval, time, _stop.Token);
                await StartGrainsAsync();
            }
            catch (Exception exception) when (!_stop.IsCancellationRequested)
            {
                LogKeepFailed(exception);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private IEnumerable<IWorkerGrain> Workers() =>
        engines.Devices.Select(device => grains.GetGrain<IWorkerGrain>(WorkerKey.For(silo.Value.SiloName, device)));

    private IEnumerable<IShardGrain> Shards() =>
        shards.All.Select(shard => grains.GetGrain<IShardGrain>(ShardKey.For(silo.Value.SiloName, shard.Device, shard.Engine.Model)));

    // What the dead silo hosted, nobody else misses: its jobs, and the queues that looked after others. One silo of many asks.
    private void OnDeath(string silo, int generation)
    {
        if (deaths.IsFirst)
        {
            Sweep();
        }
    }

    private void Sweep()
    {
        for (int partition = 0; partition < options.Value.CatalogPartitions; partition++)
        {
            _ = SweepAsync(partition);
        }
    }

    private async Task SweepAsync(int partition)
    {
        try
        {
            await CallAgain.RunAsync(() => grains.GetGrain<IJobCatalogGrain>(partition).SweepSoonAsync(), time, CallAgain.UntilADeathIsKnown);
        }
        catch (Exception exception)
        {
            LogSweepFailed(partition, exception);
        }
    }

    [LoggerMessage(3, LogLevel.Warning, "This silo's workers could not be reached; they are asked again in a moment")]
    private partial void LogKeepFailed(Exception exception);

    [LoggerMessage(1, LogLevel.Warning, "The workers could not be drained; their leases expire by themselves")]
    private partial void LogDrainFailed(Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "Partition {Partition} of the catalog could not be asked to sweep; its timer tries again")]
    private partial void LogSweepFailed(int partition, Exception exception);
}

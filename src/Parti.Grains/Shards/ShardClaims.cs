using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Parti.Inference.Sharding;

namespace Parti.Grains.Shards;

/// <summary>Finds shards for the leaders of this silo and keeps them. Begins with the silo, ends before it leaves the cluster.</summary>
/// <param name="grains">Reaches directory and shards.</param>
/// <param name="options">Lease and polling.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where losses are told.</param>
public sealed class ShardClaims(IGrainFactory grains, IOptions<PartiGrainsOptions> options, TimeProvider time, ILogger<ShardClaims> logger) : IShardLinks, IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<ShardReplica> _replicas = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    /// <inheritdoc/>
    public IShardReplica Want(ShardNeed need)
    {
        ShardReplica replica = new(need, grains, options.Value, time, logger);
        lock (_lock)
        {
            _replicas.Add(replica);
        }

        return replica;
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    internal void Start() => _loop = Task.Run(TendAsync);

    internal async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        await Task.WhenAll(Replicas().Select(replica => replica.GiveBackAsync()));
    }

    private async Task TendAsync()
    {
        using PeriodicTimer timer = new(options.Value.PollInterval, time);
        do
        {
            await Task.WhenAll(Replicas().Select(replica => replica.TendAsync()));
        }
        while (await TickAsync(timer));
    }

    private async Task<bool> TickAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private ShardReplica[] Replicas()
    {
        lock (_lock)
        {
            return [.. _replicas];
        }
    }
}

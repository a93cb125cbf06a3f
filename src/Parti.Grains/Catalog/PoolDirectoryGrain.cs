using Orleans.Concurrency;
using Parti.Abstractions;
using Parti.Grains.Placement;

namespace Parti.Grains.Catalog;

/// <summary>Remembers the pools that queues tell of, and knows those of the living workers; asks each pool for its numbers.</summary>
/// <param name="time">The clock.</param>
[ControlGrain, Reentrant]
public sealed class PoolDirectoryGrain(TimeProvider time) : Grain, IPoolDirectoryGrain
{
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(90);
    private readonly Dictionary<string, DateTimeOffset> _pools = [];

    /// <inheritdoc/>
    public Task NoteAsync(string pool)
    {
        _pools[pool] = time.GetUtcNow();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PoolSnapshot>> ListAsync()
    {
        IReadOnlyList<WorkerSnapshot> workers = await GrainFactory.GetGrain<IWorkerDirectoryGrain>(0).ListAsync();
        IEnumerable<string> served = workers.SelectMany(worker => worker.Models.SelectMany(model => worker.Stages.Select(stage => StageQueueKey.For(model, stage))));
        DateTimeOffset oldest = time.GetUtcNow() - Life;
        IEnumerable<string> noted = _pools.Where(pair => pair.Value >= oldest).Select(pair => pair.Key);
        PoolSnapshot[] pools = await Task.WhenAll(served.Union(noted).Select(pool => GrainFactory.GetGrain<IPoolGrain>(pool).DescribeAsync()));
        return [.. pools.OrderBy(pool => pool.Model, StringComparer.Ordinal).ThenBy(pool => pool.Stage)];
    }
}

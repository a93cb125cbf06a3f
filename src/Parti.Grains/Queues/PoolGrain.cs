using Microsoft.Extensions.Options;
using Parti.Abstractions;
using Parti.Grains.Placement;

namespace Parti.Grains.Queues;

/// <summary>What is stored for a pool.</summary>
public sealed class PoolState
{
    /// <summary>Whether it gives nothing to workers.</summary>
    public bool Paused { get; set; }
}

/// <summary>One pool: adds up the partitions of its queue, and remembers whether they are paused.</summary>
[ControlGrain]
public sealed class PoolGrain : Grain, IPoolGrain
{
    private readonly IPersistentState<PoolState> _state;
    private readonly int _partitions;

    /// <summary>Made by the runtime.</summary>
    public PoolGrain([PersistentState("pool", PartiGrainsOptions.StorageName)] IPersistentState<PoolState> state, IOptions<PartiGrainsOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_state, _partitions) = (state, options.Value.QueuePartitions);
    }

    /// <inheritdoc/>
    public async Task<PoolSnapshot> DescribeAsync() =>
        PoolProjection.Sum(await Task.WhenAll(Partitions().Select(partition => partition.DescribeAsync())), _state.State.Paused);

    /// <inheritdoc/>
    public Task<PoolSnapshot> PauseAsync() => SetAsync(true);

    /// <inheritdoc/>
    public Task<PoolSnapshot> ResumeAsync() => SetAsync(false);

    /// <inheritdoc/>
    public Task<bool> IsPausedAsync() => Task.FromResult(_state.State.Paused);

    private async Task<PoolSnapshot> SetAsync(bool paused)
    {
        bool before = _state.State.Paused;
        if (before != paused)
        {
            try
            {
                _state.State.Paused = paused;
                await _state.WriteStateAsync();
            }
            catch
            {
                _state.State.Paused = before;
                throw;
            }
        }

        // Also where nothing changed: an earlier call may not have reached them all.
        await Task.WhenAll(Partitions().Select(partition => partition.SetPausedAsync(paused)));
        return await DescribeAsync();
    }

    private IEnumerable<IStageQueueGrain> Partitions()
    {
        (string model, Stage stage, _) = StageQueueKey.Parse(this.GetPrimaryKeyString());
        return Enumerable.Range(0, _partitions).Select(partition => GrainFactory.GetGrain<IStageQueueGrain>(StageQueueKey.For(model, stage, partition)));
    }
}

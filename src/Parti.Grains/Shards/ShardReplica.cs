using Microsoft.Extensions.Logging;
using Parti.Abstractions;
using Parti.Inference.Sharding;

namespace Parti.Grains.Shards;

/// <summary>
/// One leader's claim to a free shard of each index. Shards are claimed in ascending order and all given back when one is missing, so that
/// two leaders never wait for each other. Used by one loop; <see cref="Session"/> may be read by anyone.
/// </summary>
/// <param name="need">Which shards.</param>
/// <param name="grains">Reaches directory and shards.</param>
/// <param name="options">Lease and polling.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where losses are told.</param>
internal sealed class ShardReplica(ShardNeed need, IGrainFactory grains, PartiGrainsOptions options, TimeProvider time, ILogger logger) : IShardReplica
{
    private readonly List<IShardGrain> _claimed = [];
    private volatile ShardSession? _session;
    private Guid _claim;
    private long _renewed;
    private string? _missing;

    /// <inheritdoc/>
    public ShardSession? Session => _session;

    /// <summary>Claims what is missing, renews what is due.</summary>
    internal async Task TendAsync()
    {
        try
        {
            if (_session is { IsLost: false } session)
            {
                await RenewAsync(session);
            }

            if (_session is not { IsLost: false })
            {
                await GiveBackAsync();
                await ClaimAllAsync();
            }
        }
        catch (Exception exception)
        {
            ShardLog.ClaimFailed(logger, need.Device, need.Model, exception);
        }
    }

    /// <summary>Lets others have the shards.</summary>
    internal async Task GiveBackAsync()
    {
        _session?.Lose();
        _session = null;
        foreach (IShardGrain shard in _claimed)
        {
            await TryAsync(() => shard.ReleaseAsync(_claim));
        }

        _claimed.Clear();
    }

    private async Task ClaimAllAsync()
    {
        _claim = Guid.NewGuid();
        IReadOnlyList<WorkerSnapshot> workers = await grains.GetGrain<IWorkerDirectoryGrain>(0).ListAsync();
        for (int index = 1; index < need.Shards; index++)
        {
            string shard = ShardOf(index), reason = "no worker holds it";
            foreach (WorkerSnapshot worker in workers.Where(worker => worker.Shard == shard && worker.Models.Contains(need.Model)))
            {
                IShardGrain candidate = grains.GetGrain<IShardGrain>(worker.Id);
                if (await TryAsync(() => candidate.ClaimAsync(Claim(index))) is not { } answer)
                {
                    continue;
                }

                if (answer.Outcome == ShardClaimOutcome.Claimed)
                {
                    _claimed.Add(candidate);
                    break;
                }

                reason = $"{worker.Id}: {answer.Reason}";
            }

            if (_claimed.Count < index)
            {
                TellMissing(shard, reason);
                await GiveBackAsync();
                return;
            }
        }

        (_missing, _renewed) = (null, time.GetTimestamp());
        _session = new(_claim, [.. _claimed.Select(shard => new ShardGrainLink(shard, time, logger))]);
        ShardLog.Claimed(logger, need.Device, need.Shards, need.Model);
    }

    // A step renews too; this is for leaders that have nothing to sample.
    private async Task RenewAsync(ShardSession session)
    {
        if (time.GetElapsedTime(_renewed) < options.LeaseDuration / 3)
        {
            return;
        }

        for (int index = 1; index < need.Shards; index++)
        {
            try
            {
                if ((await _claimed[index - 1].ClaimAsync(Claim(index))).Outcome == ShardClaimOutcome.Claimed)
                {
                    continue;
                }
            }
            catch (OrleansException)
            {
                // Its silo is gone.
            }
            catch (Exception exception) when (CallAgain.IsUnknown(exception))
            {
                // The next step or renewal decides.
                continue;
            }

            ShardLog.Lost(logger, need.Device, ShardOf(index), need.Model);
            session.Lose();
            return;
        }

        _renewed = time.GetTimestamp();
    }

    private ShardClaim Claim(int index) => new(_claim, need.Hash, ShardOf(index), need.Rows);

    private string ShardOf(int index) => new LayerShard(index, need.Shards).ToString();

    // Told once, not with every attempt.
    private void TellMissing(string shard, string reason)
    {
        if (_missing != reason)
        {
            _missing = reason;
            ShardLog.Missing(logger, need.Device, shard, need.Model, reason, options.PollInterval);
        }
    }

    private static async Task<T?> TryAsync<T>(Func<Task<T>> call)
        where T : class
    {
        try
        {
            return await call();
        }
        catch (Exception exception) when (CallAgain.IsUnknown(exception))
        {
            // A claim that was granted all the same ends with its lease.
            return null;
        }
    }

    private static async Task TryAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (Exception exception) when (CallAgain.IsUnknown(exception))
        {
            // The lease ends by itself.
        }
    }
}

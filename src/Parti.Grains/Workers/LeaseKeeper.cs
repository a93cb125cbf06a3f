using Microsoft.Extensions.Logging;
using Parti.Abstractions;

namespace Parti.Grains.Workers;

/// <summary>Keeps leases alive and stops the work under those that are lost. Not thread-safe; lives on its grain's scheduler.</summary>
/// <param name="worker">Key of the worker grain.</param>
/// <param name="grains">Reaches the queues.</param>
/// <param name="hand">The leases in hand.</param>
/// <param name="logger">Where failures are told.</param>
internal sealed class LeaseKeeper(string worker, IGrainFactory grains, WorkInHand hand, ILogger logger)
{
    /// <summary>Lets all leases in hand live on.</summary>
    internal Task RenewAsync() => Task.WhenAll(hand.ByFeed().Select(group => RenewAsync(group.Key, [.. group.Select(work => work.Lease)])));

    /// <summary>Lets some leases live on; a queue that does not know them takes them over.</summary>
    internal async Task RenewAsync(Feed feed, IReadOnlyList<WorkLease> leases)
    {
        try
        {
            foreach (WorkLease lease in await grains.Find<IStageQueueGrain>(feed.Key).RenewAsync(leases))
            {
                hand.Abort(lease.Item.Key, lease.Epoch);
            }
        }
        catch (Exception exception)
        {
            // The fence decides: if the lease is lost, the next report is refused.
            WorkerLog.RenewFailed(logger, worker, feed.Key, exception);
        }
    }
}

using Microsoft.Extensions.Logging;
using Parti.Abstractions;
using Parti.Inference;

namespace Parti.Grains.Workers;

/// <summary>
/// Takes leases from the stage queues while the device has room, keeps them alive and ends them.
/// Not thread-safe; lives on its grain's scheduler.
/// </summary>
internal sealed class LeaseTaker
{
    private readonly string _worker;
    private readonly int _slots;
    private readonly int _smallBatch;
    private readonly IGrainFactory _grains;
    private readonly WorkInHand _hand;
    private readonly Func<RunningWork, Task> _run;
    private readonly ILogger _logger;
    private readonly Dictionary<string, Feed> _feeds;

    /// <summary>Knows the queues of every model and stage that the device serves; asks none yet.</summary>
    /// <param name="worker">Key of the worker grain.</param>
    /// <param name="engine">The device's engine.</param>
    /// <param name="options">Which stages, how many items at once.</param>
    /// <param name="grains">Reaches the queues.</param>
    /// <param name="hand">Where leases are kept.</param>
    /// <param name="run">Works on a lease to its end; must not throw.</param>
    /// <param name="logger">Where failures are told.</param>
    internal LeaseTaker(
        string worker,
        IInferenceEngine engine,
        PartiGrainsOptions options,
        IGrainFactory grains,
        WorkInHand hand,
        Func<RunningWork, Task> run,
        ILogger logger)
    {
        (_worker, _slots, _smallBatch) = (worker, engine.Slots, options.SmallBatch);
        (_grains, _hand, _run, _logger) = (grains, hand, run, logger);
        _feeds = engine.Models.Keys
            .SelectMany(model => options.Stages.Distinct().Select(stage => new Feed(StageQueueKey.For(model, stage), model, stage)))
            .ToDictionary(feed => feed.Key);
    }

    /// <summary>Queues that are asked.</summary>
    internal int Queues => _feeds.Count;

    private int SlotsInUse => _feeds.Values.Where(feed => feed.Stage == Stage.Sample).Sum(feed => feed.InFlight);

    /// <summary>Asks every queue.</summary>
    internal void PullAll()
    {
        foreach (Feed feed in _feeds.Values)
        {
            _ = PullAsync(feed);
        }
    }

    /// <summary>Asks one queue.</summary>
    internal void Pull(string queue)
    {
        if (_feeds.TryGetValue(queue, out Feed? feed))
        {
            _ = PullAsync(feed);
        }
    }

    /// <summary>Lets the leases in hand live on and stops the work under those that are lost.</summary>
    internal async Task RenewAsync()
    {
        foreach (IGrouping<Feed, RunningWork> group in _hand.ByFeed())
        {
            try
            {
                IReadOnlyList<WorkLease> lost = await QueueOf(group.Key).RenewAsync([.. group.Select(work => work.Lease)]);
                foreach (WorkLease lease in lost)
                {
                    _hand.Abort(lease.Item.Key, lease.Epoch);
                }
            }
            catch (Exception exception)
            {
                // The fence decides: if the lease is lost, the next report is refused.
                WorkerLog.RenewFailed(_logger, _worker, group.Key.Key, exception);
            }
        }
    }

    private async Task PullAsync(Feed feed)
    {
        if (feed.Pulling)
        {
            feed.PullAgain = true;
            return;
        }

        feed.Pulling = true;
        try
        {
            do
            {
                feed.PullAgain = false;
                int free = FreeFor(feed);
                feed.MayHaveMore = true;
                if (free > 0)
                {
                    await LeaseAsync(feed, free);
                }
            }
            while (feed.PullAgain);
        }
        catch (Exception exception)
        {
            WorkerLog.PullFailed(_logger, _worker, feed.Key, exception);
        }
        finally
        {
            feed.Pulling = false;
        }
    }

    private async Task LeaseAsync(Feed feed, int free)
    {
        // Counted as in use while asked for, or two sample queues would be promised the same slot.
        feed.InFlight += free;
        IReadOnlyList<WorkLease> leases;
        try
        {
            leases = await QueueOf(feed).LeaseAsync(_worker, free);
        }
        finally
        {
            feed.InFlight -= free;
        }

        feed.MayHaveMore = leases.Count == free;
        foreach (WorkLease lease in leases)
        {
            feed.InFlight++;
            RunningWork work = new(feed, lease);
            if (_hand.TryAdd(work))
            {
                _ = RunAsync(work);
                continue;
            }

            work.GiveBack = true;
            await EndAsync(work);
        }
    }

    private int FreeFor(Feed feed)
    {
        if (_hand.Draining)
        {
            return 0;
        }

        return feed.Stage == Stage.Sample ? _slots - SlotsInUse : _smallBatch - feed.InFlight;
    }

    private async Task RunAsync(RunningWork work)
    {
        await _run(work);
        await EndAsync(work);
    }

    private async Task EndAsync(RunningWork work)
    {
        work.Feed.InFlight--;
        work.Reporter = null;
        _hand.Remove(work);
        try
        {
            IStageQueueGrain queue = QueueOf(work.Feed);
            await (work.GiveBack ? queue.ReturnAsync(work.Lease) : queue.CompleteAsync(work.Lease));
        }
        catch (Exception exception)
        {
            // The lease expires by itself.
            WorkerLog.ReportFailed(_logger, _worker, work.Key, exception);
        }

        // A queue that gave less than it was asked for wakes this worker by itself.
        foreach (Feed feed in _feeds.Values.Where(feed => feed.MayHaveMore && feed.Stage == work.Stage))
        {
            _ = PullAsync(feed);
        }

        work.Dispose();
    }

    private IStageQueueGrain QueueOf(Feed feed) => _grains.GetGrain<IStageQueueGrain>(feed.Key);
}

using Parti.Abstractions;

namespace Parti.Grains.Workers;

/// <summary>The leases that a worker works on, and how it gets rid of them. Not thread-safe; lives on its grain's scheduler.</summary>
/// <param name="time">The clock.</param>
internal sealed class WorkInHand(TimeProvider time)
{
    private readonly Dictionary<(WorkKey Key, Stage GrantedAt), RunningWork> _running = [];
    private TaskCompletionSource? _idle;

    /// <summary>Leases in hand.</summary>
    internal int Count => _running.Count;

    /// <summary>Images that are sampled or scored, each in a slot of the engine.</summary>
    internal int InSlots => _running.Values.Count(work => work.Stage is Stage.Sample or Stage.Rerank);

    /// <summary>Whether nothing new is taken any more.</summary>
    internal bool Draining { get; private set; }

    /// <summary>Takes a lease in hand, unless the worker drains or has the item already.</summary>
    internal bool TryAdd(RunningWork work) => !Draining && _running.TryAdd((work.Key, work.GrantedAt), work);

    internal bool Contains(RunningWork work) => _running.TryGetValue((work.Key, work.GrantedAt), out RunningWork? known) && known == work;

    /// <summary>Lets go of a lease; one that was never taken is no error.</summary>
    internal void Remove(RunningWork work)
    {
        if (Contains(work))
        {
            _running.Remove((work.Key, work.GrantedAt));
        }

        if (_running.Count == 0)
        {
            _idle?.TrySetResult();
            _idle = null;
        }
    }

    /// <summary>The leases by the queue that granted them.</summary>
    internal IReadOnlyList<IGrouping<Feed, RunningWork>> ByFeed() => [.. _running.Values.GroupBy(work => work.Feed)];

    /// <summary>Whether an item is in hand under an epoch.</summary>
    internal bool Holds(WorkKey item, long epoch) => _running.Values.Any(work => work.Key == item && work.Lease.Epoch == epoch);

    /// <summary>Stops the work under a lease; the slot is free at the next step.</summary>
    internal void Abort(WorkKey item, long epoch)
    {
        foreach (RunningWork work in _running.Values.Where(work => work.Key == item && work.Lease.Epoch == epoch))
        {
            work.Stop.Cancel();
        }
    }

    /// <summary>From now on nothing new is taken.</summary>
    internal void Close() => Draining = true;

    /// <summary>Stops everything so that other workers go on with it.</summary>
    internal async Task HandOverAsync(TimeSpan budget)
    {
        Close();
        foreach (RunningWork work in _running.Values)
        {
            work.HandOver = true;
            await work.Stop.CancelAsync();
        }

        await WaitUntilIdleAsync(budget);
    }

    /// <summary>Waits until nothing is in hand or the budget is spent.</summary>
    internal async Task WaitUntilIdleAsync(TimeSpan budget)
    {
        if (_running.Count == 0)
        {
            return;
        }

        _idle ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
        await _idle.Task.WaitAsync(budget, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }
}

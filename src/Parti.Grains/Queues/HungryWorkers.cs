using Parti.Abstractions;

namespace Parti.Grains.Queues;

/// <summary>Workers that asked a queue for more than it had, the last one first. Not thread-safe.</summary>
/// <param name="life">How long one is believed to be there.</param>
/// <param name="time">The clock.</param>
internal sealed class HungryWorkers(TimeSpan life, TimeProvider time)
{
    private readonly LinkedList<Hunger> _latest = [];
    private readonly Dictionary<string, LinkedListNode<Hunger>> _byWorker = [];

    /// <summary>Notes how many more items a worker has room for.</summary>
    internal void Note(string worker, int wanted)
    {
        Remove(worker);
        if (wanted > 0)
        {
            _byWorker[worker] = _latest.AddFirst(new Hunger(worker, wanted, time.GetUtcNow()));
        }
    }

    /// <summary>Forgets the workers of a silo that is gone: waking them would leave what waits to nobody.</summary>
    internal void RemoveOf(string silo)
    {
        foreach (string worker in _byWorker.Keys.Where(worker => WorkerKey.IsOf(worker, silo)).ToArray())
        {
            Remove(worker);
        }
    }

    /// <summary>Workers to wake so that every waiting item finds one; each is named once until it asks again.</summary>
    /// <param name="waiting">Items that wait.</param>
    internal IReadOnlyList<string> Take(int waiting)
    {
        DateTimeOffset believed = time.GetUtcNow() - life;
        while (_latest.Last is { } oldest && oldest.Value.At < believed)
        {
            Remove(oldest.Value.Worker);
        }

        List<string> woken = [];
        for (int uncovered = waiting; uncovered > 0 && _latest.First is { } next; uncovered -= next.Value.Wanted)
        {
            Remove(next.Value.Worker);
            woken.Add(next.Value.Worker);
        }

        return woken;
    }

    private void Remove(string worker)
    {
        if (_byWorker.Remove(worker, out LinkedListNode<Hunger>? node))
        {
            _latest.Remove(node);
        }
    }

    private sealed record Hunger(string Worker, int Wanted, DateTimeOffset At);
}

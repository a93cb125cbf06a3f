namespace Parti.Grains.Queues;

/// <summary>Workers that asked a queue for more than it had. Not thread-safe.</summary>
/// <param name="life">How long one is believed to be there.</param>
/// <param name="time">The clock.</param>
internal sealed class HungryWorkers(TimeSpan life, TimeProvider time)
{
    private readonly Dictionary<string, (int Wanted, DateTimeOffset At)> _hungry = [];

    /// <summary>Notes how many more items a worker has room for.</summary>
    internal void Note(string worker, int wanted)
    {
        if (wanted > 0)
        {
            _hungry[worker] = (wanted, time.GetUtcNow());
        }
        else
        {
            _hungry.Remove(worker);
        }
    }

    /// <summary>Workers to wake so that every waiting item finds one; each is named once until it asks again.</summary>
    /// <param name="waiting">Items that wait.</param>
    internal IReadOnlyList<string> Take(int waiting)
    {
        List<string> woken = [];
        DateTimeOffset believed = time.GetUtcNow() - life;
        int uncovered = waiting;
        foreach ((string worker, (int wanted, DateTimeOffset at)) in _hungry.OrderByDescending(pair => pair.Value.At).ToList())
        {
            if (at < believed)
            {
                _hungry.Remove(worker);
            }
            else if (uncovered > 0)
            {
                _hungry.Remove(worker);
                woken.Add(worker);
                uncovered -= wanted;
            }
        }

        return woken;
    }
}

using Parti.Abstractions;

namespace Parti.Grains.Queues;

/// <summary>
/// Items in their order: priority first; within a priority the tenant that has been served least; within a tenant the oldest.
/// Not thread-safe.
/// </summary>
public sealed class WaitingLine
{
    private readonly Dictionary<WorkKey, WorkItem> _items = [];
    private readonly SortedDictionary<JobPriority, Dictionary<string, SortedSet<WorkItem>>> _byPriority =
        new(Comparer<JobPriority>.Create((a, b) => b.CompareTo(a)));

    // Items handed out per tenant; a newcomer starts at the least of those that wait, so that absence saves up nothing.
    private readonly Dictionary<string, long> _served = [];

    /// <summary>Items that wait.</summary>
    public int Count => _items.Count;

    /// <summary>Whether an item waits.</summary>
    public bool Contains(WorkKey key) => _items.ContainsKey(key);

    /// <summary>A waiting item, or null.</summary>
    public WorkItem? Find(WorkKey key) => _items.GetValueOrDefault(key);

    /// <summary>Adds an item that does not wait yet.</summary>
    public void Add(WorkItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        _items.Add(item.Key, item);
        Welcome(item.Key.Job.Tenant);
        if (!_byPriority.TryGetValue(item.Priority, out Dictionary<string, SortedSet<WorkItem>>? tenants))
        {
            _byPriority.Add(item.Priority, tenants = []);
        }

        if (!tenants.TryGetValue(item.Key.Job.Tenant, out SortedSet<WorkItem>? line))
        {
            tenants.Add(item.Key.Job.Tenant, line = new(Comparer<WorkItem>.Create(CompareAge)));
        }

        line.Add(item);
    }

    /// <summary>Takes the item whose turn it is.</summary>
    /// <returns>Null when nothing waits.</returns>
    public WorkItem? Take()
    {
        if (Next() is not { } next)
        {
            return null;
        }

        Remove(next.Key);
        _served[next.Key.Job.Tenant] = _served.GetValueOrDefault(next.Key.Job.Tenant) + 1;
        return next;
    }

    /// <summary>Takes one item out of its place.</summary>
    public bool Remove(WorkKey key)
    {
        if (!_items.Remove(key, out WorkItem? item))
        {
            return false;
        }

        Dictionary<string, SortedSet<WorkItem>> tenants = _byPriority[item.Priority];
        SortedSet<WorkItem> line = tenants[key.Job.Tenant];
        line.Remove(item);
        if (line.Count == 0)
        {
            tenants.Remove(key.Job.Tenant);
        }

        if (tenants.Count == 0)
        {
            _byPriority.Remove(item.Priority);
        }

        return true;
    }

    /// <summary>Takes all items of a job out.</summary>
    public void RemoveJob(JobKey job)
    {
        foreach (WorkKey key in _items.Keys.Where(key => key.Job == job).ToList())
        {
            Remove(key);
        }
    }

    /// <summary>Items that will be taken before a job's first one, if nothing else arrives; null when none of its items waits.</summary>
    public int? PositionOf(JobKey job)
    {
        if (!_items.Keys.Any(key => key.Job == job))
        {
            return null;
        }

        int ahead = 0;
        foreach (WorkItem item in InOrder())
        {
            if (item.Key.Job == job)
            {
                break;
            }

            ahead++;
        }

        return ahead;
    }

    /// <summary>All items in the order in which they would be taken.</summary>
    public IEnumerable<WorkItem> InOrder()
    {
        Dictionary<string, long> served = new(_served);
        foreach (Dictionary<string, SortedSet<WorkItem>> tenants in _byPriority.Values)
        {
            Dictionary<string, Queue<WorkItem>> lines = tenants.ToDictionary(pair => pair.Key, pair => new Queue<WorkItem>(pair.Value));
            while (lines.Count > 0)
            {
                string tenant = lines.MinBy(pair => (served.GetValueOrDefault(pair.Key), pair.Value.Peek().CreatedAt, pair.Key)).Key;
                yield return lines[tenant].Dequeue();
                served[tenant] = served.GetValueOrDefault(tenant) + 1;
                if (lines[tenant].Count == 0)
                {
                    lines.Remove(tenant);
                }
            }
        }
    }

    private static int CompareAge(WorkItem a, WorkItem b)
    {
        int byAge = a.CreatedAt.CompareTo(b.CreatedAt);
        int byJob = byAge != 0 ? byAge : string.CompareOrdinal(a.Key.Job.Id, b.Key.Job.Id);
        return byJob != 0 ? byJob : a.Key.Image.CompareTo(b.Key.Image);
    }

    private WorkItem? Next()
    {
        foreach (Dictionary<string, SortedSet<WorkItem>> tenants in _byPriority.Values)
        {
            return tenants.MinBy(pair => (_served.GetValueOrDefault(pair.Key), pair.Value.Min!.CreatedAt, pair.Key)).Value.Min;
        }

        return null;
    }

    private void Welcome(string tenant)
    {
        if (_byPriority.Count == 0)
        {
            // Nobody waits: everyone starts anew, and tenants that are gone are forgotten.
            _served.Clear();
        }
        else if (!_byPriority.Values.Any(tenants => tenants.ContainsKey(tenant)))
        {
            long least = _byPriority.Values.SelectMany(tenants => tenants.Keys).Min(_served.GetValueOrDefault);
            _served[tenant] = Math.Max(least, _served.GetValueOrDefault(tenant));
        }
    }
}

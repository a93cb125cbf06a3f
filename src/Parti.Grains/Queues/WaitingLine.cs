using Parti.Abstractions;

namespace Parti.Grains.Queues;

/// <summary>
/// Items in their order: priority first, which grows by one with every <paramref name="agingStep"/> of a job's age, so that none
/// waits for ever; within a priority the tenant that was given least, so that none waits behind another's many items; within a
/// tenant the oldest. Every operation but <see cref="PlaceOf"/> takes logarithmic time. Not thread-safe.
/// </summary>
/// <param name="agingStep">Age after which an item counts as one priority higher.</param>
/// <param name="time">The clock.</param>
public sealed class WaitingLine(TimeSpan agingStep, TimeProvider time)
{
    private const int Top = (int)JobPriority.High;
    private const int LooksPerStep = 16;

    // Fairness is kept per tenant over all levels; a share lives as long as it says something.
    private readonly TenantShares _shares = new();
    private readonly PriorityLevel[] _levels = [new(), new(), new()];
    private readonly Dictionary<WorkKey, (WorkItem Item, int Level)> _items = [];
    private readonly Dictionary<JobKey, SortedSet<int>> _jobs = [];
    private DateTimeOffset _nextAging = DateTimeOffset.MinValue;

    /// <summary>Items that wait.</summary>
    public int Count => _items.Count;

    /// <summary>Whether an item waits.</summary>
    public bool Contains(WorkKey key) => _items.ContainsKey(key);

    /// <summary>Whether an item of a job waits.</summary>
    public bool Holds(JobKey job) => _jobs.ContainsKey(job);

    /// <summary>A waiting item, or null.</summary>
    public WorkItem? Find(WorkKey key) => _items.TryGetValue(key, out (WorkItem Item, int) placed) ? placed.Item : null;

    /// <summary>Adds an item that does not wait yet.</summary>
    public void Add(WorkItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        int level = LevelOf(item);
        _items.Add(item.Key, (item, level));
        _levels[level].Add(item, _shares.Enter(item.Key.Job.Tenant, _levels));
        if (!_jobs.TryGetValue(item.Key.Job, out SortedSet<int>? images))
        {
            _jobs.Add(item.Key.Job, images = []);
        }

        images.Add(item.Key.Image);
    }

    /// <summary>Takes the item whose turn it is.</summary>
    /// <returns>Null when nothing waits.</returns>
    public WorkItem? Take()
    {
        Age();
        for (int level = Top; level >= 0; level--)
        {
            if (_levels[level].Next is { } share)
            {
                WorkItem item = _levels[level].LineOf(share.Tenant).First;
                Remove(item.Key);
                _shares.Serve(share, _levels);
                return item;
            }
        }

        return null;
    }

    /// <summary>Takes one item out of its place.</summary>
    public bool Remove(WorkKey key)
    {
        if (!_items.Remove(key, out (WorkItem Item, int Level) placed))
        {
            return false;
        }

        TenantShare share = _shares.Of(key.Job.Tenant);
        _levels[placed.Level].Remove(placed.Item, share);
        _shares.Leave(share);
        SortedSet<int> images = _jobs[key.Job];
        images.Remove(key.Image);
        if (images.Count == 0)
        {
            _jobs.Remove(key.Job);
        }

        return true;
    }

    /// <summary>Takes all items of a job out.</summary>
    public void RemoveJob(JobKey job)
    {
        foreach (int image in _jobs.TryGetValue(job, out SortedSet<int>? images) ? images.ToArray() : [])
        {
            Remove(new(job, image));
        }
    }

    /// <summary>
    /// Items that will be taken before a job's first one, if nothing else arrives; null when none of its items waits. Exact while a
    /// tenant's items are of one priority, else off by at most one per tenant. Linear in the tenants that wait.
    /// </summary>
    public int? PlaceOf(JobKey job)
    {
        if (!_jobs.TryGetValue(job, out SortedSet<int>? images))
        {
            return null;
        }

        Age();
        (WorkItem item, int level) = _items[new(job, images.Min)];
        TenantShare own = _shares.Of(job.Tenant);
        long round = GivenAbove(own, level) + _levels[level].LineOf(job.Tenant).RankOf(item);
        long ahead = _levels[(level + 1)..].Sum(above => above.Count) + round - GivenAbove(own, level);
        bool before = true;
        foreach (TenantShare other in _levels[level].Tenants)
        {
            if (other == own)
            {
                before = false;
                continue;
            }

            // In each round first come those that join in it, then those of the round before, in their order.
            long start = GivenAbove(other, level);
            bool precedes = start > GivenAbove(own, level) || (start == GivenAbove(own, level) && before);
            ahead += Math.Clamp(round - start + (precedes ? 1 : 0), 0, _levels[level].LineOf(other.Tenant).Count);
        }

        return (int)ahead;
    }

    private long GivenAbove(TenantShare share, int level) =>
        share.Served + _levels[(level + 1)..].Sum(above => above.TryGetLine(share.Tenant, out TenantLine? line) ? line.Count : 0);

    private int LevelOf(WorkItem item) =>
        (int)Math.Clamp((int)item.Priority + Math.Max(0, Math.Floor((time.GetUtcNow() - item.CreatedAt) / agingStep)), 0, Top);

    /// <summary>Moves items up that have waited long; looks only now and then, for what is a little late does no harm.</summary>
    private void Age()
    {
        DateTimeOffset now = time.GetUtcNow();
        if (now < _nextAging)
        {
            return;
        }

        _nextAging = now + (agingStep / LooksPerStep);
        for (int level = Top - 1; level >= 0; level--)
        {
            foreach (TenantShare share in _levels[level].Tenants.ToArray())
            {
                while (_levels[level].TryGetLine(share.Tenant, out TenantLine? line) && LevelOf(line.First) is int higher && higher > level)
                {
                    WorkItem item = line.First;
                    _levels[level].Remove(item, share);
                    _levels[higher].Add(item, share);
                    _items[item.Key] = (item, higher);
                }
            }
        }
    }
}

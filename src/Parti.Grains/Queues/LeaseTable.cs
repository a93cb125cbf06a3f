using Parti.Abstractions;

namespace Parti.Grains.Queues;

/// <summary>
/// Who may work on what until when. Every lease gets an epoch above all earlier ones, also above those of a table that was
/// lost: epochs follow the clock in milliseconds and never stand still. Not thread-safe.
/// </summary>
/// <param name="duration">How long a lease lives without renewal.</param>
/// <param name="time">The clock.</param>
public sealed class LeaseTable(TimeSpan duration, TimeProvider time)
{
    private readonly Dictionary<WorkKey, Entry> _leases = [];
    private readonly Dictionary<JobKey, int> _perJob = [];
    private long _lastEpoch;

    /// <summary>Living leases.</summary>
    public int Count => _leases.Count;

    /// <summary>The lease of an item, or null.</summary>
    public WorkLease? Find(WorkKey key) => _leases.GetValueOrDefault(key)?.Lease;

    /// <summary>Whether an item of a job is leased.</summary>
    public bool Holds(JobKey job) => _perJob.ContainsKey(job);

    /// <summary>Grants an item that nobody holds.</summary>
    /// <param name="item">What.</param>
    /// <param name="worker">Who gets it.</param>
    /// <param name="generation">Which start of the worker's silo; 0 where that is not known.</param>
    public WorkLease Grant(WorkItem item, string worker, int generation = 0)
    {
        ArgumentNullException.ThrowIfNull(item);
        _lastEpoch = Math.Max(Math.Max(_lastEpoch, item.Epoch) + 1, time.GetUtcNow().ToUnixTimeMilliseconds());
        WorkLease lease = new(item, _lastEpoch, worker) { Generation = generation };
        long now = time.GetTimestamp();
        _leases.Add(item.Key, new(lease, now, now));
        Note(item.Key.Job, 1);
        return lease;
    }

    /// <summary>Lets a lease live on.</summary>
    /// <returns>False when it is not the one in force.</returns>
    public bool Renew(WorkLease lease)
    {
        if (!IsInForce(lease))
        {
            return false;
        }

        // A lease that the job put under watch does not say which start of its silo holds it; its worker does.
        Entry entry = _leases[lease.Item.Key];
        WorkLease known = entry.Lease.Generation == 0 ? lease : entry.Lease;
        _leases[lease.Item.Key] = entry with { Lease = known, RenewedAt = time.GetTimestamp() };
        return true;
    }

    /// <summary>Takes over a lease that an earlier table granted and nobody else holds.</summary>
    public bool Adopt(WorkLease lease)
    {
        ArgumentNullException.ThrowIfNull(lease);
        _lastEpoch = Math.Max(_lastEpoch, lease.Epoch);
        long now = time.GetTimestamp();
        if (!_leases.TryAdd(lease.Item.Key, new(lease, now, now)))
        {
            return false;
        }

        Note(lease.Item.Key.Job, 1);
        return true;
    }

    /// <summary>Ends a lease.</summary>
    /// <returns>How long it was held; null when it is not the one in force.</returns>
    public TimeSpan? End(WorkLease lease)
    {
        if (!IsInForce(lease) || !_leases.TryGetValue(lease.Item.Key, out Entry? entry))
        {
            return null;
        }

        Remove(lease.Item.Key);
        return time.GetElapsedTime(entry.GrantedAt);
    }

    /// <summary>Ends all leases of a job.</summary>
    public void EndJob(JobKey job)
    {
        // Most jobs that leave hold nothing; only those that do are looked for.
        foreach (WorkKey key in _perJob.ContainsKey(job) ? _leases.Keys.Where(key => key.Job == job).ToArray() : [])
        {
            Remove(key);
        }
    }

    /// <summary>Ends and returns the leases that were not renewed in time.</summary>
    public IReadOnlyList<WorkLease> TakeExpired() => Take(entry => time.GetElapsedTime(entry.RenewedAt) >= duration);

    /// <summary>Ends and returns the leases of a silo's workers that were granted to this start of it or an earlier one.</summary>
    public IReadOnlyList<WorkLease> TakeOf(string silo, int generation) =>
        Take(entry => entry.Lease.Generation <= generation && WorkerKey.IsOf(entry.Lease.Worker, silo));

    private List<WorkLease> Take(Func<Entry, bool> isLost)
    {
        List<WorkLease> lost = [.. _leases.Values.Where(isLost).Select(entry => entry.Lease)];
        foreach (WorkLease lease in lost)
        {
            Remove(lease.Item.Key);
        }

        return lost;
    }

    private void Remove(WorkKey key)
    {
        _leases.Remove(key);
        Note(key.Job, -1);
    }

    private void Note(JobKey job, int change)
    {
        int held = _perJob.GetValueOrDefault(job) + change;
        if (held == 0)
        {
            _perJob.Remove(job);
        }
        else
        {
            _perJob[job] = held;
        }
    }

    private bool IsInForce(WorkLease lease)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return _leases.TryGetValue(lease.Item.Key, out Entry? entry) && entry.Lease.Epoch == lease.Epoch && entry.Lease.Worker == lease.Worker;
    }

    // By a clock that no correction moves: a jump of the wall clock would end every lease at once, or none ever.
    private sealed record Entry(WorkLease Lease, long GrantedAt, long RenewedAt);
}

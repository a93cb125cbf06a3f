using Parti.Abstractions;

namespace Parti.Grains.Queues;

/// <summary>
/// One stage's queue: places kept for admitted images, items that wait, leases, and the workers that asked for more than
/// there was. Not thread-safe; knows no grain.
/// </summary>
public sealed class StageQueue
{
    private static readonly TimeSpan DefaultRetryAfter = TimeSpan.FromSeconds(5);

    private readonly int _capacity;
    private readonly WaitingLine _waiting = new();
    private readonly LeaseTable _leases;
    private readonly Reservations _reserved;
    private readonly HungryWorkers _hungry;
    private readonly CompletionRate _rate;

    /// <summary>Makes an empty queue.</summary>
    /// <param name="capacity">Most items that may wait or be expected.</param>
    /// <param name="leaseDuration">How long a lease lives without renewal.</param>
    /// <param name="hungerLife">How long a worker that asked for more is believed to be there.</param>
    /// <param name="time">The clock.</param>
    public StageQueue(int capacity, TimeSpan leaseDuration, TimeSpan hungerLife, TimeProvider time)
    {
        _capacity = capacity;
        _leases = new(leaseDuration, time);
        _reserved = new(time);
        _hungry = new(hungerLife, time);
        _rate = new(time);
    }

    /// <summary>Items that wait.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Items that workers hold.</summary>
    public int Leased => _leases.Count;

    /// <summary>Places kept for images that have not arrived.</summary>
    public int Reserved => _reserved.Count;

    /// <summary>Most items that may wait or be expected.</summary>
    public int Capacity => _capacity;

    /// <summary>Seconds until the backlog is done at the present rate; null when no rate is known.</summary>
    public double? BacklogSeconds => _rate.PerSecond is double rate ? (Waiting + Reserved) / rate : null;

    /// <summary>Keeps a place for each image, or says when to try again.</summary>
    public AdmitAnswer Admit(JobKey job, int images)
    {
        _reserved.DropOld();
        if (_reserved.Contains(job))
        {
            return new(true, 0);
        }

        // An empty queue takes any job, or one larger than the capacity could never run.
        int backlog = Waiting + Reserved;
        if (backlog > 0 && backlog + images > _capacity)
        {
            double seconds = _rate.PerSecond is double rate ? Math.Clamp(images / rate, 1, 60) : DefaultRetryAfter.TotalSeconds;
            return new(false, (long)(1000 * seconds));
        }

        _reserved.Keep(job, images);
        return new(true, 0);
    }

    /// <summary>Adds an item unless it is known.</summary>
    public EnqueueOutcome Enqueue(WorkItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        if (_leases.Find(item.Key) is not null)
        {
            return EnqueueOutcome.Leased;
        }

        if (_waiting.Contains(item.Key))
        {
            return EnqueueOutcome.AlreadyWaiting;
        }

        _reserved.Use(item.Key.Job);
        _waiting.Add(item);
        return EnqueueOutcome.Waiting;
    }

    /// <summary>Forgets everything of a job.</summary>
    public void RemoveJob(JobKey job)
    {
        _reserved.Remove(job);
        _waiting.RemoveJob(job);
        _leases.EndJob(job);
    }

    /// <summary>Grants what there is, in order; a worker that gets less than it asked for is remembered.</summary>
    public IReadOnlyList<WorkLease> Lease(string worker, int maximum)
    {
        List<WorkLease> granted = [];
        while (granted.Count < maximum && _waiting.Take() is { } item)
        {
            granted.Add(_leases.Grant(item, worker));
        }

        _hungry.Note(worker, maximum - granted.Count);
        return granted;
    }

    /// <summary>Workers to wake so that everything that waits finds one; each is named once until it asks again.</summary>
    public IReadOnlyList<string> TakeHungry() => _hungry.Take(Waiting);

    /// <summary>Keeps leases alive, adopting those that an earlier queue granted.</summary>
    /// <returns>The leases that are lost to their worker.</returns>
    public IReadOnlyList<WorkLease> Renew(IReadOnlyList<WorkLease> leases) => [.. leases.Where(lease => !_leases.Renew(lease) && !TryAdopt(lease))];

    /// <summary>Ends a lease whose work is done.</summary>
    public void Complete(WorkLease lease)
    {
        if (_leases.End(lease))
        {
            _rate.Count();
        }
    }

    /// <summary>Takes an unfinished item back.</summary>
    public void Return(WorkLease lease)
    {
        if (_leases.End(lease))
        {
            // The job of a failed item refuses every epoch up to one above the lease's.
            _waiting.Add(lease.Item with { Epoch = lease.Epoch + 1 });
        }
    }

    /// <summary>Puts items whose lease expired back, with a higher epoch.</summary>
    /// <returns>The leases that expired.</returns>
    public IReadOnlyList<WorkLease> Expire()
    {
        IReadOnlyList<WorkLease> expired = _leases.TakeExpired();
        foreach (WorkLease lease in expired)
        {
            _waiting.Add(lease.Item with { Epoch = lease.Epoch + 1 });
        }

        return expired;
    }

    /// <summary>Items in front of a job's first waiting one, or null.</summary>
    public int? PositionOf(JobKey job) => _waiting.PositionOf(job);

    private bool TryAdopt(WorkLease lease)
    {
        // An item that waits with a later epoch was taken from this worker on purpose.
        if (_waiting.Find(lease.Item.Key) is { } waiting)
        {
            if (waiting.Epoch >= lease.Epoch)
            {
                return false;
            }

            _waiting.Remove(lease.Item.Key);
        }

        return _leases.Adopt(lease);
    }
}

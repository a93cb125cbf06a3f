using Parti.Abstractions;

namespace Parti.Grains.Queues;

/// <summary>
/// One stage's queue: places kept for admitted images, items that wait, leases, and the workers that asked for more than
/// there was. Not thread-safe; knows no grain.
/// </summary>
public sealed class StageQueue
{
    private const double MeanWeight = 0.1;
    private static readonly TimeSpan DefaultRetryAfter = TimeSpan.FromSeconds(5);

    private readonly int _capacity;
    private readonly WaitingLine _waiting;
    private readonly LeaseTable _leases;
    private readonly Reservations _reserved;
    private readonly HungryWorkers _hungry;
    private readonly CompletionRate _rate;
    private double? _serviceMs;

    /// <summary>Makes an empty queue.</summary>
    /// <param name="capacity">Most items that may wait or be expected.</param>
    /// <param name="leaseDuration">How long a lease lives without renewal.</param>
    /// <param name="hungerLife">How long a worker that asked for more is believed to be there.</param>
    /// <param name="agingStep">Age after which an item counts as one priority higher.</param>
    /// <param name="time">The clock.</param>
    public StageQueue(int capacity, TimeSpan leaseDuration, TimeSpan hungerLife, TimeSpan agingStep, TimeProvider time)
    {
        _capacity = capacity;
        _waiting = new(agingStep, time);
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

    /// <summary>Items finished a second over the last minute; null when no rate is known.</summary>
    public double? ItemsPerSecond => _rate.PerSecond;

    /// <summary>Seconds until the backlog is done at the present rate; null when no rate is known.</summary>
    public double? BacklogSeconds => SecondsFor(Waiting + Reserved);

    /// <summary>Milliseconds from lease to completion, a running mean; null while none was completed.</summary>
    public double? ServiceMs => _serviceMs;

    /// <summary>Whether nothing is given to workers. What is leased stays leased.</summary>
    public bool Paused { get; set; }

    /// <summary>Keeps a place for each image, or says when to try again.</summary>
    public AdmitAnswer Admit(JobKey job, int images)
    {
        _reserved.DropOld();
        int backlog = Waiting + Reserved;
        QueuePlace place = new(backlog, MillisecondsFor(backlog + images), ServiceMs);
        if (_reserved.Contains(job))
        {
            return new(true, 0, place);
        }

        // An empty queue takes any job, or one larger than the capacity could never run.
        if (backlog > 0 && backlog + images > _capacity)
        {
            double seconds = SecondsFor(images) is double known ? Math.Clamp(known, 1, 60) : DefaultRetryAfter.TotalSeconds;
            return new(false, (long)(1000 * seconds), place);
        }

        _reserved.Keep(job, images);
        return new(true, 0, place);
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
    /// <param name="worker">Worker id.</param>
    /// <param name="maximum">Most new leases.</param>
    /// <param name="generation">Which start of the worker's silo asks; 0 where that is not known.</param>
    public IReadOnlyList<WorkLease> Lease(string worker, int maximum, int generation = 0)
    {
        List<WorkLease> granted = [];
        while (!Paused && granted.Count < maximum && _waiting.Take() is { } item)
        {
            granted.Add(_leases.Grant(item, worker, generation));
        }

        _hungry.Note(worker, maximum - granted.Count);
        return granted;
    }

    /// <summary>Workers to wake so that everything that waits finds one; each is named once until it asks again.</summary>
    public IReadOnlyList<string> TakeHungry() => Paused ? [] : _hungry.Take(Waiting);

    /// <summary>Keeps leases alive, adopting those that an earlier queue granted.</summary>
    /// <returns>The leases that are lost to their worker.</returns>
    public IReadOnlyList<WorkLease> Renew(IReadOnlyList<WorkLease> leases) => [.. leases.Where(lease => !_leases.Renew(lease) && !TryAdopt(lease))];

    /// <summary>Ends a lease whose work is done.</summary>
    public void Complete(WorkLease lease)
    {
        if (_leases.End(lease) is TimeSpan held)
        {
            _rate.Count();
            _serviceMs = _serviceMs is double mean ? mean + (MeanWeight * (held.TotalMilliseconds - mean)) : held.TotalMilliseconds;
        }
    }

    /// <summary>Takes an unfinished item back.</summary>
    public void Return(WorkLease lease)
    {
        if (_leases.End(lease) is not null)
        {
            // The job of a failed item refuses every epoch up to one above the lease's.
            _waiting.Add(lease.Item with { Epoch = lease.Epoch + 1 });
        }
    }

    /// <summary>Puts items whose lease expired back, with a higher epoch.</summary>
    /// <returns>The leases that expired.</returns>
    public IReadOnlyList<WorkLease> Expire() => WaitAgain(_leases.TakeExpired());

    /// <summary>Puts the items back that a dead silo's workers held, with a higher epoch.</summary>
    /// <param name="silo">The silo's name.</param>
    /// <param name="generation">Which start of it died; later ones live.</param>
    /// <returns>The leases that are lost.</returns>
    public IReadOnlyList<WorkLease> Reclaim(string silo, int generation)
    {
        _hungry.RemoveOf(silo);
        return WaitAgain(_leases.TakeOf(silo, generation));
    }

    /// <summary>Whether an item of a job waits or is leased.</summary>
    public bool Holds(JobKey job) => _waiting.Holds(job) || _leases.Holds(job);

    /// <summary>A job's place; null when none of its items waits or is expected.</summary>
    public QueuePlace? PlaceOf(JobKey job)
    {
        int? ahead = _waiting.PlaceOf(job) ?? (_reserved.Contains(job) ? Waiting : null);
        return ahead is int items ? new(items, MillisecondsFor(items), ServiceMs) : null;
    }

    private IReadOnlyList<WorkLease> WaitAgain(IReadOnlyList<WorkLease> lost)
    {
        foreach (WorkLease lease in lost)
        {
            _waiting.Add(lease.Item with { Epoch = lease.Epoch + 1 });
        }

        return lost;
    }

    private double? SecondsFor(int items) => _rate.PerSecond is double rate && !Paused ? items / rate : null;

    private double? MillisecondsFor(int items) => 1000 * SecondsFor(items);

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

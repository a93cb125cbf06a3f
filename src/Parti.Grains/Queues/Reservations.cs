using Parti.Abstractions;

namespace Parti.Grains.Queues;

/// <summary>Places that a queue keeps for the images of admitted jobs until they arrive. Not thread-safe.</summary>
/// <param name="time">The clock.</param>
internal sealed class Reservations(TimeProvider time)
{
    // A job that was admitted and then lost with its silo must not hold places for ever.
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    private readonly Dictionary<JobKey, (int Images, DateTimeOffset At)> _kept = [];
    private readonly Queue<(JobKey Job, DateTimeOffset At)> _byAge = new();

    /// <summary>Places kept.</summary>
    internal int Count { get; private set; }

    internal bool Contains(JobKey job) => _kept.ContainsKey(job);

    internal void Keep(JobKey job, int images)
    {
        Remove(job);
        DateTimeOffset now = time.GetUtcNow();
        _kept[job] = (images, now);
        _byAge.Enqueue((job, now));
        Count += images;
    }

    /// <summary>One image of a job has arrived.</summary>
    internal void Use(JobKey job)
    {
        if (!_kept.TryGetValue(job, out (int Images, DateTimeOffset At) kept))
        {
            return;
        }

        Count--;
        if (kept.Images > 1)
        {
            _kept[job] = kept with { Images = kept.Images - 1 };
        }
        else
        {
            _kept.Remove(job);
        }
    }

    internal void Remove(JobKey job)
    {
        if (_kept.Remove(job, out (int Images, DateTimeOffset At) kept))
        {
            Count -= kept.Images;
        }
    }

    /// <summary>Frees the places of jobs that never came.</summary>
    internal void DropOld()
    {
        DateTimeOffset oldest = time.GetUtcNow() - Life;
        while (_byAge.TryPeek(out (JobKey Job, DateTimeOffset At) first) && (first.At < oldest || !IsKept(first)))
        {
            _byAge.Dequeue();
            if (IsKept(first))
            {
                Remove(first.Job);
            }
        }
    }

    private bool IsKept((JobKey Job, DateTimeOffset At) entry) =>
        _kept.TryGetValue(entry.Job, out (int Images, DateTimeOffset At) kept) && kept.At == entry.At;
}

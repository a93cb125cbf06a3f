using Parti.Abstractions;

namespace Parti.Grains.Queues;

/// <summary>Places that a queue keeps for the images of admitted jobs until they arrive. Not thread-safe.</summary>
/// <param name="time">The clock.</param>
internal sealed class Reservations(TimeProvider time)
{
    // A job that was admitted and then lost with its silo must not hold places for ever.
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    private readonly Dictionary<JobKey, (int Images, DateTimeOffset At)> _kept = [];

    /// <summary>Places kept.</summary>
    internal int Count => _kept.Values.Sum(reservation => reservation.Images);

    internal bool Contains(JobKey job) => _kept.ContainsKey(job);

    internal void Keep(JobKey job, int images) => _kept[job] = (images, time.GetUtcNow());

    /// <summary>One image of a job has arrived.</summary>
    internal void Use(JobKey job)
    {
        if (!_kept.TryGetValue(job, out (int Images, DateTimeOffset At) kept))
        {
            return;
        }

        if (kept.Images > 1)
        {
            _kept[job] = kept with { Images = kept.Images - 1 };
        }
        else
        {
            _kept.Remove(job);
        }
    }

    internal void Remove(JobKey job) => _kept.Remove(job);

    /// <summary>Frees the places of jobs that never came.</summary>
    internal void DropOld()
    {
        DateTimeOffset oldest = time.GetUtcNow() - Life;
        foreach (JobKey job in _kept.Where(pair => pair.Value.At < oldest).Select(pair => pair.Key).ToList())
        {
            _kept.Remove(job);
        }
    }
}

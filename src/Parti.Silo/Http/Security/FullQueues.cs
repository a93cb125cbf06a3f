using System.Collections.Concurrent;
using Parti.Client;

namespace Parti.Silo.Http.Security;

/// <summary>
/// Remembers for a moment that a queue is full, so that a crowd is refused here, without a grain and a call to the queue for each. Kept in
/// this process; each gateway learns for itself.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class FullQueues(TimeProvider time)
{
    /// <summary>How long a refusal speaks for the requests that come after it.</summary>
    internal static readonly TimeSpan Window = TimeSpan.FromMilliseconds(100);

    // By model and partition of its queue: as few as there are queues.
    private readonly ConcurrentDictionary<(string Model, int Partition), Full> _full = new();

    /// <summary>Refuses what the queue refused a moment ago.</summary>
    /// <param name="model">Model name.</param>
    /// <param name="partition">Partition of the queue.</param>
    /// <param name="images">Places that are asked for; fewer than were refused may still fit.</param>
    /// <exception cref="PartiBusyException">The queue was full a moment ago.</exception>
    internal void Check(string model, int partition, int images)
    {
        if (_full.TryGetValue((model, partition), out Full? full) && images >= full.Images && time.GetElapsedTime(full.At) < Window)
        {
            throw new PartiBusyException(full.RetryAfter);
        }
    }

    /// <summary>Notes that the queue refused.</summary>
    internal void Note(string model, int partition, int images, TimeSpan retryAfter) => _full[(model, partition)] = new(images, retryAfter, time.GetTimestamp());

    private sealed record Full(int Images, TimeSpan RetryAfter, long At);
}

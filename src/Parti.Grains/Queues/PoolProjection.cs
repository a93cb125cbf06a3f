using Parti.Abstractions;

namespace Parti.Grains.Queues;

/// <summary>Makes one pool of the partitions of its queue.</summary>
public static class PoolProjection
{
    /// <summary>The sums; a mean counts as much as its partition's rate.</summary>
    /// <param name="parts">Every partition, at least one.</param>
    /// <param name="paused">Whether the pool is paused.</param>
    public static PoolSnapshot Sum(IReadOnlyList<QueueSnapshot> parts, bool paused)
    {
        ArgumentNullException.ThrowIfNull(parts);
        double rate = parts.Sum(part => part.ItemsPerSecond ?? 0);
        int backlog = parts.Sum(part => part.Waiting + part.Reserved);
        return new()
        {
            Model = parts[0].Model,
            Stage = parts[0].Stage,
            Queued = parts.Sum(part => part.Waiting),
            Running = parts.Sum(part => part.Leased),
            Reserved = parts.Sum(part => part.Reserved),
            Capacity = parts.Sum(part => part.Capacity),
            Paused = paused,
            ItemsPerSecond = rate > 0 ? rate : null,
            BacklogSeconds = rate > 0 && !paused ? backlog / rate : null,
            ServiceMs = rate > 0 ? parts.Sum(part => (part.ServiceMs ?? 0) * (part.ItemsPerSecond ?? 0)) / rate : parts.Max(part => part.ServiceMs),
        };
    }
}

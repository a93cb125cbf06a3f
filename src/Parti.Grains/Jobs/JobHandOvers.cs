using System.Collections.Immutable;
using Parti.Abstractions;

namespace Parti.Grains.Jobs;

/// <summary>How long images of one job waited before a stage.</summary>
/// <param name="Images">Hand-overs into the stage.</param>
/// <param name="TotalMs">Milliseconds, all of them together.</param>
public sealed record StageWait(int Images, long TotalMs);

/// <summary>Measures hand-overs: from the moment an image is ready for a stage to the moment a worker begins it.</summary>
internal static class JobHandOvers
{
    /// <summary>Images are ready for their next stage.</summary>
    internal static JobRecord Ready(JobRecord job, IEnumerable<int> images, DateTimeOffset now) =>
        images.Aggregate(job, (ready, image) => ready.With(ready.Images[image] with { ReadyAt = now }));

    /// <summary>A worker begins an image.</summary>
    internal static JobRecord Taken(JobRecord job, Stage stage, int image, DateTimeOffset now)
    {
        if (image == WorkKey.Prompt || job.Images[image].ReadyAt is not { } since)
        {
            return job;
        }

        StageWait before = job.Waits.GetValueOrDefault(stage) ?? new(0, 0);
        StageWait after = new(before.Images + 1, before.TotalMs + Math.Max(0, (long)(now - since).TotalMilliseconds));
        return job.With(job.Images[image] with { ReadyAt = null }) with { Waits = job.Waits.SetItem(stage, after) };
    }

    /// <summary>What callers see.</summary>
    internal static IReadOnlyList<HandOverTiming>? ToTimings(ImmutableDictionary<Stage, StageWait> waits) => waits.IsEmpty
        ? null
        : [.. waits.OrderBy(pair => pair.Key).Select(pair => new HandOverTiming(pair.Key, pair.Value.Images, pair.Value.TotalMs))];
}

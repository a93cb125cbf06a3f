using System.Collections.Immutable;
using Parti.Abstractions;
using static Parti.Grains.Jobs.JobEffect;
using static Parti.Grains.Jobs.JobTransitions;

namespace Parti.Grains.Jobs;

/// <summary>
/// The choice among candidates. It waits for the last score and then follows from the scores alone, so that neither the order in which workers
/// report nor who of them was lost changes it. A candidate that fails fails the job, as an image does: without it the choice would be another.
/// </summary>
internal static class ChoiceRules
{
    /// <summary>A candidate is scored; the last one decides.</summary>
    /// <param name="before">The record as it was.</param>
    /// <param name="scored">The record with the candidate's stage passed.</param>
    /// <param name="report">The score.</param>
    /// <param name="now">The time, UTC.</param>
    internal static Transition Scored(JobRecord before, JobRecord scored, ScoredReport report, DateTimeOffset now)
    {
        scored = scored.With(scored.Images[report.Image] with { Score = report.Score, Hold = null });
        return scored.Images.All(image => image.Score is not null)
            ? Chosen(before, scored, now)
            : Advanced(before, scored, Decision.Done, Durability.Lazy, [new Emit(JobEventType.Progress, report.Image)]);
    }

    private static Transition Chosen(JobRecord before, JobRecord scored, DateTimeOffset now)
    {
        // The same picture twice is no second choice: a repeat comes after all others. Equal scores keep the order of the candidates.
        HashSet<TokenArray> seen = [];
        HashSet<int> repeats = [.. scored.Images.Where(image => !seen.Add(image.Tokens)).Select(image => image.Index)];
        ImmutableArray<int> winners = [.. scored.Images.OrderBy(image => repeats.Contains(image.Index)).ThenByDescending(image => image.Score)
            .Take(scored.Parameters.N).Select(image => image.Index)];
        JobRecord chosen = scored with { Images = [.. scored.Images.Select(image => Placed(image, winners.IndexOf(image.Index)))] };
        return Advanced(before, JobHandOvers.Ready(chosen, winners, now), Decision.Done, Durability.Lazy,
            [new Enqueue(Stage.Detokenize, winners), new Emit(JobEventType.Progress)]);
    }

    // Nothing is left to do for a candidate that is left out.
    private static ImageRecord Placed(ImageRecord image, int rank) => rank >= 0
        ? image with { Rank = rank, Stage = Stage.Detokenize }
        : image with { State = JobState.Succeeded };
}

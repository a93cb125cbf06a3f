using Parti.Abstractions;
using static Parti.Grains.Jobs.JobEffect;
using static Parti.Grains.Jobs.JobTransitions;

namespace Parti.Grains.Jobs;

/// <summary>Which start of work a running or queued job allows.</summary>
internal static class StartRules
{
    /// <summary>Decides whether a worker may begin an item.</summary>
    internal static Transition Begin(JobRecord job, WorkStart start, DateTimeOffset now)
    {
        (WorkHold? hold, long fence) = IsKnown(job, start.Image) ? job.HoldOf(start.Image) : (null, long.MaxValue);
        bool repeated = hold is not null && hold.Epoch == start.Epoch && hold.Worker == start.Worker && hold.Stage == start.Stage;
        if (!Wanted(job, start.Stage, start.Image) || (start.Epoch <= fence && !repeated))
        {
            return Keep(job, Decision.Stale);
        }

        if (start.Stage is Stage.Sample or Stage.Rerank && !job.TextReady && !start.HasText)
        {
            return new(job, Decision.NotReady, Durability.None, [new Enqueue(Stage.Encode, [WorkKey.Prompt])]);
        }

        if (start.Stage == Stage.Upscale && !job.Images[start.Image].PictureReady)
        {
            ImageRecord back = job.Images[start.Image] with { Stage = Stage.Detokenize, Hold = null, Epoch = start.Epoch, ReadyAt = now };
            return new(job.With(back) with { Version = job.Version + 1 }, Decision.NotReady, Durability.Lazy,
                [new Enqueue(Stage.Detokenize, [start.Image])]);
        }

        if (repeated)
        {
            return Keep(job, Decision.Done);
        }

        return Take(hold is null ? job : JobAttempts.Close(job, hold.Attempt, "lease lost", lost: true, now), start, now);
    }

    private static Transition Take(JobRecord job, WorkStart start, DateTimeOffset now)
    {
        bool first = job.State == JobState.Queued;
        JobRecord held = JobHandOvers.Taken(JobAttempts.Hold(job, start.Stage, start.Image, start.Worker, start.Epoch, now), start.Stage, start.Image, now);
        bool newAttempt = held.Attempts.Length > job.Attempts.Length;
        held = held with
        {
            State = JobState.Running,
            StartedAt = job.StartedAt ?? now,
            Spans = job.Spans.ContainsKey(start.Stage) ? job.Spans : job.Spans.Add(start.Stage, new(now, null)),
            Version = job.Version + 1,
        };
        if (start.Image != WorkKey.Prompt)
        {
            held = held.With(held.Images[start.Image] with { State = JobState.Running });
        }

        List<JobEffect> effects = [];
        if (first || newAttempt)
        {
            effects.Add(new Emit(first ? JobEventType.Started : JobEventType.Attempt));
        }

        if (first)
        {
            effects.Add(new UpdateCatalog());
        }

        // The attempt is written so that a job which takes its worker down is counted after the restart.
        return Advanced(job, held, Decision.Done, newAttempt ? Durability.Lazy : Durability.None, effects);
    }
}

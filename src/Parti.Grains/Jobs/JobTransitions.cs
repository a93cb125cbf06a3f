using Parti.Abstractions;
using static Parti.Grains.Jobs.JobEffect;

namespace Parti.Grains.Jobs;

/// <summary>The steps that several rules of <see cref="JobStateMachine"/> end with.</summary>
internal static class JobTransitions
{
    /// <summary>Nothing changes.</summary>
    internal static Transition Keep(JobRecord job, Decision decision) => new(job, decision, Durability.None, []);

    /// <summary>The job goes on.</summary>
    internal static Transition Advanced(JobRecord before, JobRecord after, Decision decision, Durability durability, List<JobEffect> effects)
    {
        if (JobProjection.StageOf(after) is Stage stage && JobProjection.StageOf(before) != stage && before.State == JobState.Running)
        {
            effects.Add(new Emit(JobEventType.Stage));
        }

        return new(after, decision, durability, [.. effects]);
    }

    /// <summary>The job becomes terminal: whoever works on it stops.</summary>
    internal static Transition End(JobRecord job, JobState state, JobError? error, string reason, DateTimeOffset now)
    {
        JobRecord ended = job with
        {
            State = state,
            Error = error,
            CompletedAt = now,
            PromptHold = null,
            TextReady = false,
            Images = [.. job.Images.Select(image => Unfinished(image) ? image with { State = state, Hold = null, PictureReady = false } : image)],
            Attempts = [.. job.Attempts.Select(attempt => attempt.EndedAt is null ? attempt with { EndedAt = now, Reason = reason } : attempt)],
            Version = job.Version + 1,
        };
        JobEventType type = state switch
        {
            JobState.Succeeded => JobEventType.Succeeded,
            JobState.Failed => JobEventType.Failed,
            _ => JobEventType.Canceled,
        };
        List<JobEffect> effects = [new Emit(type), new UpdateCatalog(), new DropWorkspace()];
        if (state == JobState.Succeeded)
        {
            effects.Add(new StoreDescription());
        }
        else
        {
            effects.AddRange(Aborts(job));
            effects.Add(new LeaveQueues());
        }

        return new(ended, Decision.Done, Durability.Eager, [.. effects]);
    }

    /// <summary>Stops for every lease in hand.</summary>
    internal static IEnumerable<JobEffect> Aborts(JobRecord job)
    {
        if (job.PromptHold is not null)
        {
            yield return new Abort(job.PromptHold, WorkKey.Prompt);
        }

        foreach (ImageRecord image in job.Images.Where(image => image.Hold is not null))
        {
            yield return new Abort(image.Hold!, image.Index);
        }
    }

    internal static bool Unfinished(ImageRecord image) => image.State != JobState.Succeeded;

    /// <summary>Whether an image's next work needs the text states.</summary>
    internal static bool ReadsText(ImageRecord image) => image.Stage == Stage.Sample || (image.Stage == Stage.Rerank && !AwaitsChoice(image));

    /// <summary>Whether a candidate is scored and others are not yet.</summary>
    internal static bool AwaitsChoice(ImageRecord image) => image is { Stage: Stage.Rerank, Score: not null };

    internal static bool IsKnown(JobRecord job, int image) => image >= WorkKey.Prompt && image < job.Images.Length;

    /// <summary>Whether an item is at a stage and not done there.</summary>
    internal static bool Wanted(JobRecord job, Stage stage, int image)
    {
        if (!IsKnown(job, image))
        {
            return false;
        }

        return image == WorkKey.Prompt
            ? stage == Stage.Encode && !job.TextReady
            : Unfinished(job.Images[image]) && job.Images[image].Stage == stage && !AwaitsChoice(job.Images[image]);
    }
}

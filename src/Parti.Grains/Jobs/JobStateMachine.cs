using System.Collections.Immutable;
using Parti.Abstractions;
using static Parti.Grains.Jobs.JobEffect;
using static Parti.Grains.Jobs.JobTransitions;

namespace Parti.Grains.Jobs;

/// <summary>
/// The life of a job as a pure function (record, command, time) → (record, decision, effects).
/// </summary>
/// <remarks>
/// <code>
///             none       queued      running     succeeded   failed      canceled
/// submit      → queued   dup/confl.  dup/confl.  dup/confl.  dup/confl.  dup/confl.
/// start       not found  → running   running     canceled    canceled    canceled
/// report      not found  stale *     by lease ** canceled    canceled    canceled
/// cancel      not found  → canceled  → canceled  refused     refused     duplicate
/// retry       not found  refused     refused     refused     → queued    → queued
/// delete      not found  → none      → none      → none      → none      → none
/// told        not found  stale       stale       by try      by try      by try
/// </code>
/// * Nothing is leased while a job is queued.
/// ** Under the lease in hand: the last stored image → succeeded; a failure that no other worker can mend, or the third
/// attempt in a row lost without progress → failed; else running. A report with an older epoch is stale.
/// </remarks>
public static class JobStateMachine
{
    /// <summary>Attempts in a row that may be lost without progress before the job is given up.</summary>
    public const int MaxLostAttempts = 3;

    /// <summary>Decides one command.</summary>
    /// <param name="job">The record, or null where there is none.</param>
    /// <param name="command">What is wanted.</param>
    /// <param name="now">The time, UTC.</param>
    public static Transition Apply(JobRecord? job, JobCommand command, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(command);
        return WebhookRules.AfterEnd(job, Decide(job, command, now), now);
    }

    private static Transition Decide(JobRecord? job, JobCommand command, DateTimeOffset now)
    {
        return (job, command) switch
        {
            (null, JobCommand.Submit submit) => Accept(submit.Job, now),
            (null, _) => new(null, Decision.NotFound, Durability.None, []),
            (not null, JobCommand.Submit submit) => Keep(job, job.Request == submit.Job.Request ? Decision.Duplicate : Decision.Conflict),
            (not null, JobCommand.Delete) => Remove(job),
            (not null, JobCommand.WebhookTried tried) => WebhookRules.Tried(job, tried),
            ({ State: JobState.Canceled }, JobCommand.Cancel) => Keep(job, Decision.Duplicate),
            (not null, JobCommand.Cancel) when job.State.IsTerminal() => Refuse(job, $"Job {job.Key.Id} has {Word(job)}; only a queued or running job can be canceled."),
            (not null, JobCommand.Cancel) => End(job, JobState.Canceled, null, "canceled", now),
            ({ State: JobState.Failed or JobState.Canceled }, JobCommand.Retry) => TryAgain(job),
            (not null, JobCommand.Retry) => Refuse(job, $"Job {job.Key.Id} {Word(job)}; only a failed or canceled job can be retried."),
            (not null, _) when job.State.IsTerminal() => Keep(job, Decision.Canceled),
            (not null, JobCommand.Start start) => StartRules.Begin(job, start.Work, now),
            (not null, JobCommand.Report report) => ReportRules.UnderLease(job, report.Work, now),
            _ => throw new ArgumentException($"Unknown command {command.GetType().Name}.", nameof(command)),
        };
    }

    /// <summary>A record as it is after its in-memory parts were lost.</summary>
    public static JobRecord Restore(JobRecord job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return job with
        {
            TextReady = false,
            Images = [.. job.Images.Select(image => image with
            {
                PictureReady = false,
                Stage = image is { Stage: Stage.Upscale, State: not JobState.Succeeded, Hold: null } ? Stage.Detokenize : image.Stage,
            })],
        };
    }

    /// <summary>The items that must be waiting or leased for the job to go on.</summary>
    public static IReadOnlyList<(Stage Stage, int Image)> Needs(JobRecord job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (job.State.IsTerminal())
        {
            return [];
        }

        List<(Stage, int)> needs = [];
        bool waitsForText = !job.TextReady && job.Images.Any(image => Unfinished(image) && ReadsText(image) && image.Hold is null);
        if (waitsForText || job.PromptHold is not null)
        {
            needs.Add((Stage.Encode, WorkKey.Prompt));
        }

        foreach (ImageRecord image in job.Images.Where(image => Unfinished(image) && !AwaitsChoice(image)))
        {
            if (!ReadsText(image) || job.TextReady || image.Hold is not null)
            {
                needs.Add((image.Stage, image.Index));
            }
        }

        return needs;
    }

    private static Transition Accept(JobRecord job, DateTimeOffset now)
    {
        JobRecord accepted = job with { State = JobState.Queued, CreatedAt = now, Version = 1 };
        return new(accepted, Decision.Done, Durability.Eager,
            [new Emit(JobEventType.Queued), new Enqueue(Stage.Encode, [WorkKey.Prompt])]);
    }

    private static Transition TryAgain(JobRecord job)
    {
        JobRecord queued = Restore(job) with
        {
            State = JobState.Queued,
            CompletedAt = null,
            Error = null,
            Webhook = null,
            LostInARow = 0,
            Version = job.Version + 1,
        };
        queued = queued with
        {
            Images = [.. queued.Images.Select(image => Unfinished(image) ? image with { State = JobState.Queued } : image)],
        };
        return new(queued, Decision.Done, Durability.Eager,
            [new Emit(JobEventType.Queued), new UpdateCatalog(), .. EnqueueNeeds(queued)]);
    }

    private static Transition Remove(JobRecord job)
    {
        ImmutableArray<JobEffect> effects = [.. Aborts(job), new LeaveQueues(), new DropWorkspace(), new DeleteResults()];
        return new(null, Decision.Done, Durability.Eager, effects);
    }

    private static IEnumerable<JobEffect> EnqueueNeeds(JobRecord job) => Needs(job)
        .GroupBy(need => need.Stage, need => need.Image)
        .Select(group => new Enqueue(group.Key, [.. group]));

    private static Transition Refuse(JobRecord job, string reason) => new(job, Decision.Refused, Durability.None, [], reason);

    private static string Word(JobRecord job) => job.State switch
    {
        JobState.Succeeded => "succeeded",
        JobState.Failed => "failed",
        JobState.Canceled => "canceled",
        _ => $"is {job.State.ToString().ToLowerInvariant()}",
    };
}

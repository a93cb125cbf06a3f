using Parti.Abstractions;

namespace Parti.Grains.Jobs;

/// <summary>Turns the record into what callers see.</summary>
public static class JobProjection
{
    // Sampling dominates; the rest of an image is detokenize, upscale and store.
    private const double SampleShare = 0.9;

    /// <summary>The earliest stage that some image has not left; null unless running.</summary>
    public static Stage? StageOf(JobRecord job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (job.State != JobState.Running)
        {
            return null;
        }

        bool encoding = !job.TextReady && job.Images.All(image => image is { Stage: Stage.Sample, Hold: null });
        return encoding ? Stage.Encode : job.Images.Where(image => image.State != JobState.Succeeded).Min(image => (Stage?)image.Stage);
    }

    /// <summary>Share of the work done, 0 to 1.</summary>
    public static double ProgressOf(JobRecord job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return Math.Round(job.Images.Average(image => image.State == JobState.Succeeded ? 1 : SampleShare * image.Tokens.Count / job.TokensTotal), 4);
    }

    /// <summary>Milliseconds to the end at the present rate; null while there is none.</summary>
    public static long? EtaOf(JobRecord job, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (job.State != JobState.Running || !job.Spans.TryGetValue(Stage.Sample, out StageSpan? span))
        {
            return null;
        }

        double progress = ProgressOf(job);
        double elapsed = (now - span.From).TotalMilliseconds;
        return progress > 0 ? (long)(elapsed * (1 - progress) / progress) : null;
    }

    /// <summary>Milliseconds to the end by what the queues measured; null while one of them knows no rate.</summary>
    public static long? EtaOf(ReadOnlySpan<QueuePlace?> waits)
    {
        double total = 0;
        foreach (QueuePlace? place in waits)
        {
            if (place is { WaitMs: double wait, ServiceMs: double service })
            {
                total += wait + service;
            }
            else if (place is not null)
            {
                return null;
            }
        }

        return total > 0 ? (long)total : null;
    }

    /// <summary>The whole job.</summary>
    /// <param name="job">The record.</param>
    /// <param name="now">The time, UTC.</param>
    /// <param name="place">Its place in the first queue that it waits in.</param>
    /// <param name="waits">Its places in all queues that it waits in, one after the other.</param>
    public static JobSnapshot ToSnapshot(JobRecord job, DateTimeOffset now, QueuePlace? place, params ReadOnlySpan<QueuePlace?> waits)
    {
        ArgumentNullException.ThrowIfNull(job);
        return new()
        {
            Id = job.Key.Id,
            Tenant = job.Key.Tenant,
            State = job.State,
            Stage = StageOf(job),
            Model = job.Model,
            Prompt = job.Request.Prompt,
            Parameters = job.Parameters,
            Priority = job.Request.Priority,
            CreatedAt = job.CreatedAt,
            StartedAt = job.StartedAt,
            CompletedAt = job.CompletedAt,
            QueuePosition = place?.Ahead,
            EtaMs = EtaOf(job, now) ?? EtaOf(waits),
            Progress = ProgressOf(job),
            Images = JobPictures.ToSnapshots(job),
            Candidates = JobPictures.ToCandidates(job),
            Timings = ToTimings(job),
            Attempts = [.. job.Attempts],
            Error = job.Error,
            Version = job.Version,
            DroppedTokens = job.DroppedTokens,
            PromptTokens = job.PromptTokens,
            Webhook = WebhookRules.ToSnapshot(job),
        };
    }

    /// <summary>The line in the catalog.</summary>
    public static JobSummary ToSummary(JobRecord job)
    {
        ArgumentNullException.ThrowIfNull(job);
        string prompt = job.Request.Prompt;
        return new()
        {
            Id = job.Key.Id,
            Tenant = job.Key.Tenant,
            State = job.State,
            Model = job.Model,
            Prompt = prompt.Length <= 200 ? prompt : prompt[..200],
            N = job.Parameters.N,
            CreatedAt = job.CreatedAt,
            CompletedAt = job.CompletedAt,
            OwesWebhook = job.Webhook?.NextAt is not null,
        };
    }

    /// <summary>The fields that an event of a kind reports.</summary>
    public static JobChanges ToChanges(JobRecord job, JobEventType type, int? image, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(job);
        JobChanges version = new() { Version = job.Version };
        IReadOnlyList<ImageSnapshot>? changed = image is int index ? JobPictures.ToSnapshots(job, index) : JobPictures.ToSnapshots(job);
        IReadOnlyList<CandidateSnapshot>? candidates = image is int number ? JobPictures.ToCandidates(job, number) : JobPictures.ToCandidates(job);
        return type switch
        {
            JobEventType.Queued => version with { State = job.State, Progress = ProgressOf(job), Images = changed, Candidates = candidates },
            JobEventType.Started => version with { State = job.State, Stage = StageOf(job), StartedAt = job.StartedAt, Attempts = [.. job.Attempts], Timings = ToTimings(job) },
            JobEventType.Progress => version with { Progress = ProgressOf(job), EtaMs = EtaOf(job, now), Images = changed, Candidates = candidates },
            JobEventType.Stage => version with { Stage = StageOf(job), Timings = ToTimings(job) },
            JobEventType.Image => version with { Progress = ProgressOf(job), Images = changed, Candidates = candidates },
            JobEventType.Attempt => version with { Attempts = [.. job.Attempts] },
            _ => version with
            {
                State = job.State,
                CompletedAt = job.CompletedAt,
                Progress = ProgressOf(job),
                Images = changed,
                Candidates = candidates,
                Attempts = [.. job.Attempts],
                Timings = ToTimings(job),
                Error = job.Error,
            },
        };
    }

    /// <summary>What a worker is told.</summary>
    public static WorkOutcome ToWorkOutcome(Decision decision) => decision switch
    {
        Decision.Done => WorkOutcome.Go,
        Decision.NotReady => WorkOutcome.NotReady,
        Decision.Canceled or Decision.NotFound => WorkOutcome.Canceled,
        _ => WorkOutcome.Stale,
    };

    /// <summary>What an owner is told.</summary>
    public static CommandOutcome ToCommandOutcome(Decision decision) => decision switch
    {
        Decision.NotFound => CommandOutcome.NotFound,
        Decision.Refused => CommandOutcome.Refused,
        _ => CommandOutcome.Done,
    };

    private static StageTimings ToTimings(JobRecord job)
    {
        return new()
        {
            QueueMs = Between(job.CreatedAt, job.StartedAt),
            EncodeMs = Of(Stage.Encode),
            SampleMs = Of(Stage.Sample),
            DetokenizeMs = Of(Stage.Detokenize),
            UpscaleMs = Of(Stage.Upscale),
            RerankMs = Of(Stage.Rerank),
            StoreMs = Of(Stage.Store),
            TotalMs = Between(job.CreatedAt, job.CompletedAt),
            HandOvers = JobHandOvers.ToTimings(job.Waits),
        };

        long? Of(Stage stage) => job.Spans.TryGetValue(stage, out StageSpan? span) ? Between(span.From, span.To) : null;

        static long? Between(DateTimeOffset from, DateTimeOffset? to) => to is DateTimeOffset end ? (long)(end - from).TotalMilliseconds : null;
    }
}

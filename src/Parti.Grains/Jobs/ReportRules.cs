using Parti.Abstractions;
using static Parti.Grains.Jobs.JobEffect;
using static Parti.Grains.Jobs.JobTransitions;

namespace Parti.Grains.Jobs;

/// <summary>What a report does to a job that has not ended: nothing, unless it comes under the lease in hand.</summary>
internal static class ReportRules
{
    /// <summary>Decides a report.</summary>
    internal static Transition UnderLease(JobRecord job, WorkReport report, DateTimeOffset now)
    {
        report = report is LeaseLostReport ? AtItsStage(job, report) : report;
        if (IsRepeated(job, report))
        {
            return Keep(job, Decision.Done);
        }

        if (!IsKnown(job, report.Image) || !Wanted(job, report.Stage, report.Image))
        {
            return Keep(job, Decision.Stale);
        }

        (WorkHold? hold, long fence) = job.HoldOf(report.Image);
        bool inHand = hold is not null && hold.Epoch == report.Epoch && hold.Worker == report.Worker && hold.Stage == report.Stage;

        // A lease later than any known one was granted while this record was being restored: it is the living one.
        bool later = report.Epoch > fence && report is not LeaseLostReport && job.State == JobState.Running;
        if (!inHand && !later)
        {
            return Keep(job, Decision.Stale);
        }

        JobRecord held = inHand ? job : JobAttempts.Hold(job, report.Stage, report.Image, report.Worker, report.Epoch, now);
        return report switch
        {
            EncodedReport encoded => Encoded(job, held, encoded, now),
            TokensReport tokens => Sampled(job, held, tokens, now),
            ScoredReport scored => ChoiceRules.Scored(job, Progressed(held, Stage.Rerank, now), scored, now),
            DetokenizedReport detokenized => Detokenized(job, held, detokenized, now),
            StoredReport stored => Stored(job, held, stored, now),
            FailedReport { Retryable: false } failed => End(held, JobState.Failed, failed.Error, failed.Error.Message, now),
            FailedReport failed => Lost(job, held, report, failed.Error.Message, now),
            HandedOverReport handed => HandedOver(job, held, handed, now),
            LeaseLostReport => Lost(job, held, report, "lease lost", now),
            _ => throw new ArgumentException($"Unknown report {report.GetType().Name}.", nameof(report)),
        };
    }

    private static Transition Encoded(JobRecord before, JobRecord job, EncodedReport report, DateTimeOffset now)
    {
        ImageRecord[] waiting = [.. job.Images.Where(image => Unfinished(image) && ReadsText(image) && image.Hold is null)];
        JobRecord encoded = Passed(job, Stage.Encode, now) with { TextReady = true, PromptHold = null, DroppedTokens = report.Text.DroppedTokens, PromptTokens = report.Text.Tokens };
        encoded = JobHandOvers.Ready(encoded, waiting.Select(image => image.Index), now);
        return Advanced(before, encoded, Decision.Done, Durability.None,
            [.. waiting.GroupBy(image => image.Stage, image => image.Index).Select(group => new Enqueue(group.Key, [.. group]))]);
    }

    private static Transition Sampled(JobRecord before, JobRecord job, TokensReport report, DateTimeOffset now)
    {
        ImageRecord image = job.Images[report.Image];
        if (report.Position > image.Tokens.Count)
        {
            return Keep(before, Decision.NotReady);
        }

        TokenArray tokens = image.Tokens.With(report.Position, report.Tokens);
        if (tokens.Count > job.TokensTotal || (report.Complete && tokens.Count < job.TokensTotal))
        {
            JobError error = new("wrong_token_count", $"The sampler gave {tokens.Count} image tokens where model {job.Model} has {job.TokensTotal}; check the model directory.");
            return End(job, JobState.Failed, error, error.Message, now);
        }

        JobRecord sampled = tokens.Count > image.Tokens.Count ? Progressed(job, Stage.Sample, now) : Passed(job, Stage.Sample, now);
        if (!report.Complete)
        {
            sampled = sampled.With(image with { Tokens = tokens });
            return Advanced(before, sampled, Decision.Done, Durability.Soon, [new Emit(JobEventType.Progress, report.Image)]);
        }

        Stage next = job.Chooses ? Stage.Rerank : Stage.Detokenize;
        sampled = sampled.With(image with { Tokens = tokens, Stage = next, Hold = null });
        if (report.Continues)
        {
            return Advanced(before, Taken(sampled, job, report.Image, now), Decision.Done, Durability.Lazy, [new Emit(JobEventType.Progress, report.Image)]);
        }

        return Advanced(before, JobHandOvers.Ready(sampled, [report.Image], now), Decision.Done, Durability.Lazy,
            [new Enqueue(next, [report.Image]), new Emit(JobEventType.Progress, report.Image)]);
    }

    private static Transition Detokenized(JobRecord before, JobRecord job, DetokenizedReport report, DateTimeOffset now)
    {
        if (job.LastStage != Stage.Upscale)
        {
            return Keep(before, Decision.Stale);
        }

        bool continues = report.Picture is null;
        JobRecord next = Passed(job, Stage.Detokenize, now)
            .With(job.Images[report.Image] with { Stage = Stage.Upscale, Hold = null, PictureReady = !continues });
        return continues
            ? Advanced(before, Taken(next, job, report.Image, now), Decision.Done, Durability.None, [])
            : Advanced(before, JobHandOvers.Ready(next, [report.Image], now), Decision.Done, Durability.None, [new Enqueue(Stage.Upscale, [report.Image])]);
    }

    private static Transition Stored(JobRecord before, JobRecord job, StoredReport report, DateTimeOffset now)
    {
        if (report.Stage != job.LastStage)
        {
            return Keep(before, Decision.Stale);
        }

        DateTimeOffset storeFrom = now.AddMilliseconds(-report.StoreMs);
        JobRecord stored = Progressed(Passed(job, report.Stage, storeFrom), Stage.Store, now, storeFrom).With(job.Images[report.Image] with
        {
            State = JobState.Succeeded,
            Stage = Stage.Store,
            Hold = null,
            PictureReady = false,
            Url = report.Url,
            Sha256 = report.Sha256,
            Width = report.Width,
            Height = report.Height,
        });
        Emit emit = new(JobEventType.Image, report.Image);
        if (stored.Images.Any(Unfinished))
        {
            return Advanced(before, stored, Decision.Done, Durability.Lazy, [emit]);
        }

        Transition end = End(stored, JobState.Succeeded, null, "succeeded", now);
        return end with { Effects = end.Effects.Insert(0, emit) };
    }

    private static Transition HandedOver(JobRecord before, JobRecord job, HandedOverReport report, DateTimeOffset now)
    {
        int attempt = job.HoldOf(report.Image).Hold!.Attempt;
        JobRecord given = job.WithHold(report.Image, null, report.Epoch);
        if (report.Stage == Stage.Sample && report.Position <= given.Images[report.Image].Tokens.Count)
        {
            ImageRecord image = given.Images[report.Image];
            given = given.With(image with { Tokens = image.Tokens.With(report.Position, report.Tokens) });
        }

        bool holdsMore = given.PromptHold?.Attempt == attempt || given.Images.Any(image => image.Hold?.Attempt == attempt);
        given = holdsMore ? given : JobAttempts.Close(given, attempt, "handed over", lost: false, now);
        return Advanced(before, given with { Version = job.Version + 1 }, Decision.Done, Durability.Eager,
            [new Emit(JobEventType.Attempt), new Enqueue(report.Stage, [report.Image])]);
    }

    private static Transition Lost(JobRecord before, JobRecord job, WorkReport report, string reason, DateTimeOffset now)
    {
        // One above the lost lease: whatever still arrives under it is refused.
        int attempt = job.HoldOf(report.Image).Hold!.Attempt;
        JobRecord lost = JobAttempts.Close(job.WithHold(report.Image, null, report.Epoch + 1), attempt, reason, lost: true, now);
        if (lost.LostInARow >= JobStateMachine.MaxLostAttempts)
        {
            JobError error = new("poisonous", $"Given up after {JobStateMachine.MaxLostAttempts} attempts without progress; the last one ended with: {reason}");
            return End(lost, JobState.Failed, error, reason, now);
        }

        return Advanced(before, lost with { Version = job.Version + 1 }, Decision.Done, Durability.Lazy,
            [new Emit(JobEventType.Attempt), new Enqueue(report.Stage, [report.Image])]);
    }

    /// <summary>The worker that held an image at one stage goes on with it at the next, under the same lease.</summary>
    private static JobRecord Taken(JobRecord next, JobRecord before, int image, DateTimeOffset now)
    {
        ImageRecord moved = next.Images[image];
        JobRecord taken = next.With(moved with { Hold = before.Images[image].Hold! with { Stage = moved.Stage }, ReadyAt = now });
        taken = JobHandOvers.Taken(taken, moved.Stage, image, now);
        return taken with { Spans = taken.Spans.ContainsKey(moved.Stage) ? taken.Spans : taken.Spans.Add(moved.Stage, new(now, null)) };
    }

    /// <summary>A lease that followed its image may be missed by the queue of an earlier stage; what is lost is the stage it is at.</summary>
    private static WorkReport AtItsStage(JobRecord job, WorkReport report)
    {
        WorkHold? hold = IsKnown(job, report.Image) ? job.HoldOf(report.Image).Hold : null;
        return hold is not null && hold.Epoch == report.Epoch && hold.Worker == report.Worker ? report with { Stage = hold.Stage } : report;
    }

    /// <summary>
    /// Whether an image has gone on with its worker, and the worker says so again because no answer came: it must not think that the image is
    /// another's.
    /// </summary>
    private static bool IsRepeated(JobRecord job, WorkReport report) =>
        report is TokensReport { Complete: true, Continues: true } or DetokenizedReport { Picture: null }
        && IsKnown(job, report.Image) && report.Image != WorkKey.Prompt
        && job.Images[report.Image].Hold is { } hold && hold.Epoch == report.Epoch && hold.Worker == report.Worker && After(report.Stage).Contains(hold.Stage);

    private static Stage[] After(Stage stage) => stage switch
    {
        Stage.Sample => [Stage.Rerank, Stage.Detokenize],
        Stage.Detokenize => [Stage.Upscale],
        _ => [],
    };

    /// <summary>A stage went well and left something that no loss takes back: new tokens or a stored picture.</summary>
    private static JobRecord Progressed(JobRecord job, Stage stage, DateTimeOffset now, DateTimeOffset? from = null) =>
        Passed(job, stage, now, from) with { LostInARow = 0 };

    /// <summary>A stage went well. What is made again after every loss is no progress, or a job that takes its workers down were never found out.</summary>
    private static JobRecord Passed(JobRecord job, Stage stage, DateTimeOffset now, DateTimeOffset? from = null)
    {
        StageSpan span = job.Spans.GetValueOrDefault(stage) ?? new(from ?? now, null);
        return job with { Spans = job.Spans.SetItem(stage, span with { To = now }), Version = job.Version + 1 };
    }
}

using System.Collections.Immutable;
using Parti.Abstractions;
using static Parti.Grains.Jobs.JobEffect;

namespace Parti.Grains.Jobs;

/// <content>What workers do to a job that has not ended.</content>
public static partial class JobStateMachine
{
    private static Transition Begin(JobRecord job, WorkStart start, DateTimeOffset now)
    {
        (WorkHold? hold, long fence) = IsKnown(job, start.Image) ? job.HoldOf(start.Image) : (null, long.MaxValue);
        bool repeated = hold is not null && hold.Epoch == start.Epoch && hold.Worker == start.Worker && hold.Stage == start.Stage;
        if (!Wanted(job, start.Stage, start.Image) || (start.Epoch <= fence && !repeated))
        {
            return Keep(job, Decision.Stale);
        }

        if (start.Stage == Stage.Sample && !job.TextReady && !start.HasText)
        {
            return new(job, Decision.NotReady, Durability.None, [new Enqueue(Stage.Encode, [WorkKey.Prompt])]);
        }

        if (start.Stage == Stage.Upscale && !job.Images[start.Image].PictureReady)
        {
            ImageRecord back = job.Images[start.Image] with { Stage = Stage.Detokenize, Hold = null, Epoch = start.Epoch };
            return new(job.With(back) with { Version = job.Version + 1 }, Decision.NotReady, Durability.Lazy,
                [new Enqueue(Stage.Detokenize, [start.Image])]);
        }

        if (repeated)
        {
            return Keep(job, Decision.Done);
        }

        return Take(hold is null ? job : CloseAttempt(job, hold.Attempt, "lease lost", lost: true, now), start, now);
    }

    private static Transition Take(JobRecord job, WorkStart start, DateTimeOffset now)
    {
        bool first = job.State == JobState.Queued;
        JobRecord held = Hold(job, start.Stage, start.Image, start.Worker, start.Epoch, now);
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

    private static Transition UnderLease(JobRecord job, WorkReport report, DateTimeOffset now)
    {
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

        JobRecord held = inHand ? job : Hold(job, report.Stage, report.Image, report.Worker, report.Epoch, now);
        return report switch
        {
            EncodedReport => Encoded(job, held, now),
            TokensReport tokens => Sampled(job, held, tokens, now),
            DetokenizedReport => Detokenized(job, held, report.Image, now),
            StoredReport stored => Stored(job, held, stored, now),
            FailedReport { Retryable: false } failed => End(held, JobState.Failed, failed.Error, failed.Error.Message, now),
            FailedReport failed => Lost(job, held, report, failed.Error.Message, now),
            HandedOverReport handed => HandedOver(job, held, handed, now),
            LeaseLostReport => Lost(job, held, report, "lease lost", now),
            _ => throw new ArgumentException($"Unknown report {report.GetType().Name}.", nameof(report)),
        };
    }

    private static Transition Encoded(JobRecord before, JobRecord job, DateTimeOffset now)
    {
        ImmutableArray<int> waiting = [.. job.Images.Where(image => Unfinished(image) && image is { Stage: Stage.Sample, Hold: null }).Select(image => image.Index)];
        JobRecord encoded = Progressed(job, Stage.Encode, now) with { TextReady = true, PromptHold = null };
        return Advanced(before, encoded, Decision.Done, Durability.None, [new Enqueue(Stage.Sample, waiting)]);
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

        JobRecord sampled = Progressed(job, Stage.Sample, now);
        if (!report.Complete)
        {
            sampled = sampled.With(image with { Tokens = tokens });
            return Advanced(before, sampled, Decision.Done, Durability.Lazy, [new Emit(JobEventType.Progress, report.Image)]);
        }

        sampled = sampled.With(image with { Tokens = tokens, Stage = Stage.Detokenize, Hold = null });
        return Advanced(before, sampled, Decision.Done, Durability.Lazy,
            [new Enqueue(Stage.Detokenize, [report.Image]), new Emit(JobEventType.Progress, report.Image)]);
    }

    private static Transition Detokenized(JobRecord before, JobRecord job, int image, DateTimeOffset now)
    {
        if (job.LastStage != Stage.Upscale)
        {
            return Keep(before, Decision.Stale);
        }

        JobRecord next = Progressed(job, Stage.Detokenize, now)
            .With(job.Images[image] with { Stage = Stage.Upscale, Hold = null, PictureReady = true });
        return Advanced(before, next, Decision.Done, Durability.None, [new Enqueue(Stage.Upscale, [image])]);
    }

    private static Transition Stored(JobRecord before, JobRecord job, StoredReport report, DateTimeOffset now)
    {
        if (report.Stage != job.LastStage)
        {
            return Keep(before, Decision.Stale);
        }

        DateTimeOffset storeFrom = now.AddMilliseconds(-report.StoreMs);
        JobRecord stored = Progressed(Progressed(job, report.Stage, storeFrom), Stage.Store, now, storeFrom).With(job.Images[report.Image] with
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
        given = holdsMore ? given : CloseAttempt(given, attempt, "handed over", lost: false, now);
        return Advanced(before, given with { Version = job.Version + 1 }, Decision.Done, Durability.Eager,
            [new Emit(JobEventType.Attempt), new Enqueue(report.Stage, [report.Image])]);
    }

    private static Transition Lost(JobRecord before, JobRecord job, WorkReport report, string reason, DateTimeOffset now)
    {
        // One above the lost lease: whatever still arrives under it is refused.
        int attempt = job.HoldOf(report.Image).Hold!.Attempt;
        JobRecord lost = CloseAttempt(job.WithHold(report.Image, null, report.Epoch + 1), attempt, reason, lost: true, now);
        if (lost.LostInARow >= MaxLostAttempts)
        {
            JobError error = new("poisonous", $"Given up after {MaxLostAttempts} attempts without progress; the last one ended with: {reason}");
            return End(lost, JobState.Failed, error, reason, now);
        }

        return Advanced(before, lost with { Version = job.Version + 1 }, Decision.Done, Durability.Lazy,
            [new Emit(JobEventType.Attempt), new Enqueue(report.Stage, [report.Image])]);
    }

    /// <summary>Gives an item to a worker, as part of its open attempt or a new one.</summary>
    private static JobRecord Hold(JobRecord job, Stage stage, int image, string worker, long epoch, DateTimeOffset now)
    {
        AttemptSnapshot? open = job.Attempts.LastOrDefault(attempt => attempt.Worker == worker && attempt.EndedAt is null);
        AttemptSnapshot attempt = open ?? new(job.Attempts.Length + 1, worker, now, null, null);
        JobRecord held = job.WithHold(image, new(stage, worker, epoch, attempt.Number), epoch);
        return open is null ? held with { Attempts = held.Attempts.Add(attempt) } : held;
    }

    private static JobRecord CloseAttempt(JobRecord job, int number, string reason, bool lost, DateTimeOffset now)
    {
        // Several items of one attempt may be lost one after the other; it counts once.
        AttemptSnapshot? open = job.Attempts.FirstOrDefault(attempt => attempt.Number == number && attempt.EndedAt is null);
        return open is null ? job : job with
        {
            Attempts = job.Attempts.Replace(open, open with { EndedAt = now, Reason = reason }),
            LostInARow = lost ? job.LostInARow + 1 : job.LostInARow,
        };
    }

    private static JobRecord Progressed(JobRecord job, Stage stage, DateTimeOffset now, DateTimeOffset? from = null)
    {
        StageSpan span = job.Spans.GetValueOrDefault(stage) ?? new(from ?? now, null);
        return job with
        {
            LostInARow = 0,
            Spans = job.Spans.SetItem(stage, span with { To = now }),
            Version = job.Version + 1,
        };
    }

    private static Transition Advanced(JobRecord before, JobRecord after, Decision decision, Durability durability, List<JobEffect> effects)
    {
        if (JobProjection.StageOf(after) is Stage stage && JobProjection.StageOf(before) != stage && before.State == JobState.Running)
        {
            effects.Add(new Emit(JobEventType.Stage));
        }

        return new(after, decision, durability, [.. effects]);
    }

    private static bool IsKnown(JobRecord job, int image) => image >= WorkKey.Prompt && image < job.Images.Length;

    /// <summary>Whether an item is at a stage and not done there.</summary>
    internal static bool Wanted(JobRecord job, Stage stage, int image)
    {
        if (!IsKnown(job, image))
        {
            return false;
        }

        return image == WorkKey.Prompt
            ? stage == Stage.Encode && !job.TextReady
            : Unfinished(job.Images[image]) && job.Images[image].Stage == stage;
    }
}

using System.Collections.Immutable;
using Parti.Abstractions;
using Parti.Grains.Jobs;

namespace Parti.Grains.Tests.Jobs;

/// <summary>Records and commands for the state machine's tests.</summary>
internal static class JobCases
{
    internal const string Worker = "silo|cpu";
    internal const int TokensTotal = 8;
    internal const long Epoch = 100;

    internal static DateTimeOffset Now { get; } = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    internal static JobKey Key { get; } = new("default", "job");

    /// <summary>A job of two images that nobody has begun.</summary>
    internal static JobRecord Fresh(string prompt = "x") => new()
    {
        Key = Key,
        Request = new() { Prompt = prompt, N = 2 },
        Model = "m",
        Parameters = new() { N = 2, Seed = 1, GuidanceScale = 1, Temperature = 1, TopK = 0, TopP = 1, Size = 16, OutputFormat = OutputFormat.Png, ModelHash = "00" },
        TokensTotal = TokensTotal,
        NativeSize = 8,
        State = JobState.Queued,
        CreatedAt = Now.AddSeconds(-10),
        Images = [new() { Index = 0 }, new() { Index = 1 }],
        Version = 1,
    };

    /// <summary>A running job whose first image is held at a stage; with Encode the prompt is held.</summary>
    internal static JobRecord Held(Stage stage, bool last = false)
    {
        WorkHold hold = new(stage, Worker, Epoch, 1);
        JobRecord job = Fresh() with
        {
            State = JobState.Running,
            StartedAt = Now.AddSeconds(-9),
            TextReady = stage != Stage.Encode,
            Attempts = [new(1, Worker, Now.AddSeconds(-9), null, null)],
            Version = 5,
        };
        if (last)
        {
            job = job.With(job.Images[1] with { State = JobState.Succeeded, Stage = Stage.Store });
        }

        if (stage == Stage.Encode)
        {
            return job with { PromptHold = hold, PromptEpoch = Epoch };
        }

        int tokens = stage == Stage.Sample ? 4 : TokensTotal;
        return job.With(job.Images[0] with
        {
            State = JobState.Running,
            Stage = stage,
            Hold = hold,
            Epoch = Epoch,
            Worker = Worker,
            Tokens = TokenArray.Empty.With(0, [.. Enumerable.Range(0, tokens)]),
            PictureReady = stage == Stage.Upscale,
        });
    }

    /// <summary>A running job whose first image waits for a stage.</summary>
    internal static JobRecord Waiting(Stage stage)
    {
        JobRecord held = Held(stage);
        return stage == Stage.Encode ? held with { PromptHold = null } : held.With(held.Images[0] with { Hold = null });
    }

    internal static JobRecord Ended(JobState state) => Held(Stage.Sample) with
    {
        State = state,
        CompletedAt = Now.AddSeconds(-1),
        Error = state == JobState.Failed ? new("code", "message") : null,
        Attempts = [new(1, Worker, Now.AddSeconds(-9), Now.AddSeconds(-1), "ended")],
        Images = [.. Fresh().Images.Select(image => image with { State = state })],
    };

    internal static JobRecord LostTwice(JobRecord job) => job with { LostInARow = 2 };

    internal static (JobRecord? Job, JobCommand Command) Case(string command, string state)
    {
        (JobRecord running, JobCommand given) = command switch
        {
            "submit" => (Held(Stage.Sample), new JobCommand.Submit(Fresh())),
            "submit-other" => (Held(Stage.Sample), new JobCommand.Submit(Fresh("other"))),
            "start-encode" => (Waiting(Stage.Encode), Start(Stage.Encode)),
            "start-sample" => (Waiting(Stage.Sample), Start(Stage.Sample)),
            "start-detokenize" => (Waiting(Stage.Detokenize), Start(Stage.Detokenize)),
            "start-upscale" => (Waiting(Stage.Upscale), Start(Stage.Upscale)),
            "start-stale" => (Waiting(Stage.Sample), Start(Stage.Sample, epoch: 0)),
            "encoded" => (Held(Stage.Encode), Encoded(Epoch)),
            "encoded-stale" => (Held(Stage.Encode), Encoded(Epoch - 1)),
            "tokens" => (Held(Stage.Sample), Tokens(4, 2)),
            "tokens-gap" => (Held(Stage.Sample), Tokens(5, 2)),
            "tokens-too-many" => (Held(Stage.Sample), Tokens(4, TokensTotal)),
            "tokens-too-few" => (Held(Stage.Sample), Tokens(4, 1, complete: true)),
            "tokens-stale" => (Held(Stage.Sample), Tokens(4, 2, epoch: Epoch - 1)),
            "tokens-complete" => (Held(Stage.Sample), Tokens(4, 4, complete: true)),
            "detokenized" => (Held(Stage.Detokenize), Detokenized(Epoch)),
            "detokenized-stale" => (Held(Stage.Detokenize), Detokenized(Epoch - 1)),
            "stored" => (Held(Stage.Upscale), Stored(Epoch)),
            "stored-last" => (Held(Stage.Upscale, last: true), Stored(Epoch)),
            "stored-stale" => (Held(Stage.Upscale, last: true), Stored(Epoch - 1)),
            "failed" => (Held(Stage.Sample), Failed(false)),
            "failed-retryable" => (Held(Stage.Sample), Failed(true)),
            "failed-third" => (LostTwice(Held(Stage.Sample)), Failed(true)),
            "failed-stale" => (Held(Stage.Sample), Failed(false, Epoch - 1)),
            "handed-over" => (Held(Stage.Sample), HandedOver(Epoch)),
            "handed-over-stale" => (Held(Stage.Sample), HandedOver(Epoch - 1)),
            "lease-lost" => (Held(Stage.Sample), LeaseLost(Epoch)),
            "lease-lost-third" => (LostTwice(Held(Stage.Sample)), LeaseLost(Epoch)),
            "lease-lost-stale" => (Held(Stage.Sample), LeaseLost(Epoch - 1)),
            "cancel" => (Held(Stage.Sample), new JobCommand.Cancel()),
            "retry" => (Held(Stage.Sample), new JobCommand.Retry()),
            "delete" => (Held(Stage.Sample), (JobCommand)new JobCommand.Delete()),
            _ => throw new ArgumentException(command, nameof(command)),
        };
        JobRecord? job = state switch
        {
            "none" => null,
            "queued" => Fresh(),
            "running" => running,
            "succeeded" => Ended(JobState.Succeeded),
            "failed" => Ended(JobState.Failed),
            "canceled" => Ended(JobState.Canceled),
            _ => throw new ArgumentException(state, nameof(state)),
        };
        return (job, given);
    }

    internal static JobCommand Start(Stage stage, long epoch = Epoch + 1, string worker = Worker, bool hasText = false) =>
        new JobCommand.Start(new(stage, stage == Stage.Encode ? WorkKey.Prompt : 0, epoch, worker, hasText));

    internal static JobCommand Encoded(long epoch) => new JobCommand.Report(new EncodedReport
    {
        Stage = Stage.Encode, Image = WorkKey.Prompt, Epoch = epoch, Worker = Worker, Text = new([1], 1, null, 0, 5),
    });

    internal static JobCommand Tokens(int position, int count, bool complete = false, long epoch = Epoch, string worker = Worker) => new JobCommand.Report(new TokensReport
    {
        Stage = Stage.Sample, Image = 0, Epoch = epoch, Worker = worker, Position = position, Tokens = [.. Enumerable.Range(position, count)], Complete = complete,
    });

    internal static JobCommand Detokenized(long epoch) => new JobCommand.Report(new DetokenizedReport
    {
        Stage = Stage.Detokenize, Image = 0, Epoch = epoch, Worker = Worker, Picture = new(1, 1, [1, 2, 3]),
    });

    internal static JobCommand Stored(long epoch, Stage stage = Stage.Upscale) => new JobCommand.Report(new StoredReport
    {
        Stage = stage, Image = 0, Epoch = epoch, Worker = Worker, Url = "jobs/x", Sha256 = "ab", Width = 16, Height = 16, StoreMs = 3,
    });

    internal static JobCommand Failed(bool retryable, long epoch = Epoch) => new JobCommand.Report(new FailedReport
    {
        Stage = Stage.Sample, Image = 0, Epoch = epoch, Worker = Worker, Error = new("code", "message"), Retryable = retryable,
    });

    internal static JobCommand HandedOver(long epoch) => new JobCommand.Report(new HandedOverReport
    {
        Stage = Stage.Sample, Image = 0, Epoch = epoch, Worker = Worker, Position = 4, Tokens = [4, 5],
    });

    internal static JobCommand LeaseLost(long epoch) => new JobCommand.Report(new LeaseLostReport
    {
        Stage = Stage.Sample, Image = 0, Epoch = epoch, Worker = Worker,
    });

    internal static ImmutableArray<T> EffectsOf<T>(Transition transition)
        where T : JobEffect => [.. transition.Effects.OfType<T>()];
}

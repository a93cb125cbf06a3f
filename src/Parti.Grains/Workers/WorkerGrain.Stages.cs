using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Parti.Abstractions;
using Parti.Grains.Imaging;
using Parti.Grains.Storage;
using Parti.Inference;

namespace Parti.Grains.Workers;

/// <content>One lease from its input to its report.</content>
public sealed partial class WorkerGrain
{
    private const int CallTries = 6;

    private async Task RunAsync(RunningWork work)
    {
        try
        {
            TextConditioning? text = work.Stage == Stage.Sample ? _texts.Find(work.Key.Job) : null;
            WorkStart start = new(work.Stage, work.Key.Image, work.Lease.Epoch, _id, text is not null);
            WorkStartAnswer answer = await CallAsync(() => JobOf(work).StartAsync(start));
            if (answer is { Outcome: WorkOutcome.Go, Input: { } input })
            {
                work.Stop.Token.ThrowIfCancellationRequested();
                await ExecuteAsync(work, input, text);
            }
        }
        catch (OperationCanceledException) when (work.Stop.IsCancellationRequested)
        {
            if (work.HandOver)
            {
                work.GiveBack = true;
                await TryReportAsync(work, HandedOver(work));
            }
        }
        catch (Exception exception)
        {
            await FailAsync(work, exception);
        }

        await EndAsync(work);
    }

    private Task ExecuteAsync(RunningWork work, WorkInput input, TextConditioning? text) => work.Stage switch
    {
        Stage.Encode => EncodeAsync(work, input),
        Stage.Sample => SampleAsync(work, input, text),
        Stage.Detokenize => DetokenizeAsync(work, input),
        Stage.Upscale => UpscaleAsync(work, input),
        _ => throw new InvalidOperationException($"No worker serves stage {work.Stage}."),
    };

    private async Task EncodeAsync(RunningWork work, WorkInput input)
    {
        EncodeRequest request = new(work.Feed.Model, input.Prompt, input.Parameters.NegativePrompt);
        TextConditioning text = await _engine!.EncodeAsync(request, work.Stop.Token);
        _texts.Keep(work.Key.Job, text);
        await ReportAsync(work, new EncodedReport
        {
            Stage = work.Stage,
            Image = work.Key.Image,
            Epoch = work.Lease.Epoch,
            Worker = _id,
            Text = new(text.States, text.Tokens, text.NegativeStates, text.NegativeTokens, text.DroppedTokens),
        });
    }

    private async Task SampleAsync(RunningWork work, WorkInput input, TextConditioning? text)
    {
        TextConditioning conditioning = text ?? _texts.Keep(work.Key.Job, ToConditioning(work.Feed.Model, input.Text!));
        EffectiveParameters parameters = input.Parameters;
        SamplingParams sampling = new((float)parameters.GuidanceScale, (float)parameters.Temperature, parameters.TopK, (float)parameters.TopP);
        TokenReporter reporter = new(input.Tokens, _engine!.Models[work.Feed.Model].ImageTokens, _options, _time, () => OnReportDue(work));
        work.Reporter = reporter;
        SampleRequest request = new(conditioning, sampling, parameters.Seed, work.Key.Image, input.Tokens);
        int[] tokens = await _engine.SampleAsync(request, reporter.OnProgress, work.Stop.Token);

        // A report on its way must not arrive after the last one, and none may begin any more.
        while (!work.Reporting.IsCompleted)
        {
            await work.Reporting;
        }

        work.Reporter = null;
        int position = reporter.Take().Position;
        _tokensDone += tokens.Length - position;
        WorkOutcome outcome = await ReportAsync(work, Tokens(work, position, tokens[position..], complete: true));
        if (outcome == WorkOutcome.NotReady)
        {
            await ReportAsync(work, Tokens(work, 0, tokens, complete: true));
        }
    }

    private async Task DetokenizeAsync(RunningWork work, WorkInput input)
    {
        ModelDescription model = _engine!.Models[work.Feed.Model];
        Picture picture = await _engine.DetokenizeAsync(work.Feed.Model, input.Tokens, work.Stop.Token);
        if (input.Parameters.Size == model.NativeSize)
        {
            await StoreAsync(work, input, picture);
            return;
        }

        await ReportAsync(work, new DetokenizedReport
        {
            Stage = work.Stage,
            Image = work.Key.Image,
            Epoch = work.Lease.Epoch,
            Worker = _id,
            Picture = new(picture.Width, picture.Height, picture.Rgb),
        });
    }

    private async Task UpscaleAsync(RunningWork work, WorkInput input)
    {
        PixelData native = input.Picture!;
        Picture picture = await _engine!.UpscaleAsync(
            work.Feed.Model, new(native.Width, native.Height, native.Rgb), input.Parameters.Size, work.Stop.Token);
        await StoreAsync(work, input, picture);
    }

    private async Task StoreAsync(RunningWork work, WorkInput input, Picture picture)
    {
        long from = _time.GetTimestamp();
        OutputFormat format = input.Parameters.OutputFormat;
        string? text = format == OutputFormat.Png ? ParametersText.For(work.Feed.Model, input.Prompt, input.Parameters, work.Key.Image) : null;
        byte[] bytes = await Task.Run(() => _encoder.Encode(picture, format, text), work.Stop.Token);
        string path = ResultPaths.Image(work.Key.Job, input.CreatedAt, work.Key.Image, format);
        if (await _results.PutAsync(path, bytes, work.Stop.Token) == PutOutcome.AlreadyExists)
        {
            // An earlier attempt stored it and was lost before it could say so: what is stored counts.
            bytes = await _results.ReadAsync(path, work.Stop.Token) ?? bytes;
        }

        WorkOutcome outcome = await ReportAsync(work, new StoredReport
        {
            Stage = work.Stage,
            Image = work.Key.Image,
            Epoch = work.Lease.Epoch,
            Worker = _id,
            Url = path,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)),
            Width = picture.Width,
            Height = picture.Height,
            StoreMs = (long)_time.GetElapsedTime(from).TotalMilliseconds,
        });
        if (outcome == WorkOutcome.Go)
        {
            _imagesDone++;
        }
    }

    private void OnReportDue(RunningWork work) => Task.Factory.StartNew(
        () => work.Reporting = ReportTokensAsync(work), CancellationToken.None, TaskCreationOptions.DenyChildAttach, _scheduler);

    private async Task ReportTokensAsync(RunningWork work)
    {
        if (work.Reporter is not { } reporter)
        {
            return;
        }

        try
        {
            (int position, int[] tokens) = reporter.Take();
            _tokensDone += tokens.Length;
            WorkOutcome outcome = await ReportAsync(work, Tokens(work, position, tokens, complete: false));
            if (outcome == WorkOutcome.NotReady)
            {
                (position, tokens) = reporter.Take(all: true);
                outcome = await ReportAsync(work, Tokens(work, position, tokens, complete: false));
            }

            if ((outcome is WorkOutcome.Stale or WorkOutcome.Canceled) && _running.ContainsValue(work))
            {
                await work.Stop.CancelAsync();
            }
        }
        catch (Exception exception)
        {
            // The next report finds the gap and fills it.
            LogReportFailed(_id, work.Key, exception);
        }
    }

    private async Task FailAsync(RunningWork work, Exception exception)
    {
        LogWorkFailed(_id, work.Key, work.Stage, exception);
        (JobError error, bool retryable) = exception switch
        {
            EngineRequestException refused => (new JobError(refused.Code, refused.Message), false),
            ResultStoreException store => (new JobError(store.Code, store.Message), false),
            _ => (new JobError("engine_failed", $"{work.Stage} failed on {_id}: {exception.Message}"), true),
        };
        work.GiveBack = retryable;
        await TryReportAsync(work, new FailedReport
        {
            Stage = work.Stage,
            Image = work.Key.Image,
            Epoch = work.Lease.Epoch,
            Worker = _id,
            Error = error,
            Retryable = retryable,
        });
    }

    private async Task EndAsync(RunningWork work)
    {
        work.Feed.InFlight--;
        work.Reporter = null;
        if (_running.TryGetValue((work.Key, work.Stage), out RunningWork? known) && known == work)
        {
            _running.Remove((work.Key, work.Stage));
        }

        if (_running.Count == 0)
        {
            _idle?.TrySetResult();
            _idle = null;
        }

        try
        {
            IStageQueueGrain queue = QueueOf(work.Feed);
            await (work.GiveBack ? queue.ReturnAsync(work.Lease) : queue.CompleteAsync(work.Lease));
        }
        catch (Exception exception)
        {
            // The lease expires by itself.
            LogReportFailed(_id, work.Key, exception);
        }

        // A queue that gave less than it was asked for wakes this worker by itself.
        foreach (Feed feed in _feeds.Values.Where(feed => feed.MayHaveMore && feed.Stage == work.Stage))
        {
            _ = PullAsync(feed);
        }

        work.Dispose();
    }

    private TokensReport Tokens(RunningWork work, int position, int[] tokens, bool complete) => new()
    {
        Stage = work.Stage,
        Image = work.Key.Image,
        Epoch = work.Lease.Epoch,
        Worker = _id,
        Position = position,
        Tokens = tokens,
        Complete = complete,
    };

    private HandedOverReport HandedOver(RunningWork work)
    {
        (int position, int[] tokens) = work.Reporter?.Take(all: true) ?? (0, []);
        return new()
        {
            Stage = work.Stage,
            Image = work.Key.Image,
            Epoch = work.Lease.Epoch,
            Worker = _id,
            Position = position,
            Tokens = tokens,
        };
    }

    private Task<WorkOutcome> ReportAsync(RunningWork work, WorkReport report) => CallAsync(() => JobOf(work).ReportAsync(report));

    private async Task TryReportAsync(RunningWork work, WorkReport report)
    {
        try
        {
            await ReportAsync(work, report);
        }
        catch (Exception exception)
        {
            LogReportFailed(_id, work.Key, exception);
        }
    }

    /// <summary>Calls and reports are idempotent, so a call whose fate is unknown is made again.</summary>
    private async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (Exception exception) when (attempt < CallTries && exception is TimeoutException or OrleansException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20 << attempt), _time);
            }
        }
    }

    private IJobWorkGrain JobOf(RunningWork work) => GrainFactory.GetGrain<IJobWorkGrain>(work.Key.Job.ToString());

    private static TextConditioning ToConditioning(string model, TextStates text) =>
        new(model, text.States, text.Tokens, text.NegativeStates, text.NegativeTokens, text.DroppedTokens);

    [LoggerMessage(1, LogLevel.Information, "Worker {Worker} takes work: {Slots} slots, {Queues} queues")]
    private partial void LogStarted(string worker, int slots, int queues);

    [LoggerMessage(2, LogLevel.Error, "Worker {Worker} has no engine and takes no work")]
    private partial void LogNoEngine(string worker, Exception exception);

    [LoggerMessage(3, LogLevel.Information, "Worker {Worker} drains {Items} items within {Budget}")]
    private partial void LogDraining(string worker, int items, TimeSpan budget);

    [LoggerMessage(4, LogLevel.Warning, "Worker {Worker} could not ask queue {Queue}")]
    private partial void LogPullFailed(string worker, string queue, Exception exception);

    [LoggerMessage(5, LogLevel.Warning, "Worker {Worker} could not renew its leases at {Queue}")]
    private partial void LogRenewFailed(string worker, string queue, Exception exception);

    [LoggerMessage(6, LogLevel.Warning, "Worker {Worker} could not report {Item}")]
    private partial void LogReportFailed(string worker, WorkKey item, Exception exception);

    [LoggerMessage(7, LogLevel.Warning, "Worker {Worker}: {Item} failed at {Stage}")]
    private partial void LogWorkFailed(string worker, WorkKey item, Stage stage, Exception exception);
}

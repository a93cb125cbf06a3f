using Microsoft.Extensions.Logging;
using Parti.Abstractions;
using Parti.Inference;

namespace Parti.Grains.Workers;

/// <summary>
/// Carries one lease from its input through the engine to its report. Lives on its grain's scheduler; the engine computes on
/// its own thread.
/// </summary>
/// <param name="engine">The device's engine.</param>
/// <param name="jobs">Where input comes from and reports go.</param>
/// <param name="sampler">Samples images.</param>
/// <param name="sources">Reads pictures that are edited.</param>
/// <param name="pictures">Stores pictures.</param>
/// <param name="texts">Text states at hand.</param>
/// <param name="tally">What was done.</param>
/// <param name="logger">Where stages are told that begin.</param>
internal sealed class StageRunner(
    IInferenceEngine engine, JobReporter jobs, ImageSampler sampler, SourcePictures sources, PictureStore pictures, TextCache texts, WorkerTally tally, ILogger logger)
{
    /// <summary>Takes leases along to the next stage; set before the first one runs.</summary>
    internal LeaseTaker? Leases { get; set; }

    /// <summary>Works on a lease to its end; every failure is told to the job, none is thrown.</summary>
    internal async Task RunAsync(RunningWork work)
    {
        try
        {
            Conditioning? text = work.Stage is Stage.Sample or Stage.Rerank ? texts.Find(work.Lease.Item) : null;
            WorkStartAnswer answer = await jobs.StartAsync(work, text is not null);
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
                await jobs.HandOverAsync(work);
            }
        }
        catch (EngineRequestException lost) when (lost.IsTransient)
        {
            // Nothing is wrong with the image: another worker goes on with its tokens.
            await jobs.HandOverAsync(work);
        }
        catch (JobUnreachableException)
        {
            // The cluster is in trouble, not the image.
            await jobs.HandOverAsync(work);
        }
        catch (Exception exception)
        {
            await jobs.FailAsync(work, exception);
        }
    }

    private Task ExecuteAsync(RunningWork work, WorkInput input, Conditioning? text) => work.Stage switch
    {
        Stage.Encode => EncodeAsync(work, input),
        Stage.Sample => SampleAsync(work, input, text ?? Keep(work, input)),
        Stage.Rerank => ScoreAsync(work, input, text ?? Keep(work, input)),
        Stage.Detokenize => DetokenizeAsync(work, input),
        Stage.Upscale => UpscaleAsync(work, input, new(input.Picture!.Width, input.Picture.Height, input.Picture.Rgb)),
        _ => throw new InvalidOperationException($"No worker serves stage {work.Stage}."),
    };

    private Conditioning Keep(RunningWork work, WorkInput input) => texts.Keep(work.Lease.Item, Conditioning.Of(work.Feed.Model, input.Text!));

    private async Task EncodeAsync(RunningWork work, WorkInput input)
    {
        Tell(work);
        EncodeRequest request = new(work.Feed.Model, input.Prompt, input.Parameters.NegativePrompt);
        TextConditioning text = await engine.EncodeAsync(request, work.Stop.Token);
        int[]? tokens = await sources.TokenizeAsync(work, input);
        await jobs.ReportTextAsync(work, texts.Keep(work.Lease.Item, new(text, tokens)));
    }

    private async Task SampleAsync(RunningWork work, WorkInput input, Conditioning conditioning)
    {
        Tell(work);
        Stage next = input.Parameters.BestOf is null ? Stage.Detokenize : Stage.Rerank;
        bool continues = GoesOnTo(next);
        if (await sampler.SampleAsync(work, input, conditioning, continues) is not { } tokens || !continues)
        {
            return;
        }

        Leases!.Move(work, next);
        WorkInput sampled = input with { Tokens = tokens };
        await (next == Stage.Rerank ? ScoreAsync(work, sampled, conditioning) : DetokenizeAsync(work, sampled));
    }

    private async Task ScoreAsync(RunningWork work, WorkInput input, Conditioning conditioning)
    {
        Tell(work);

        // Before images that have not begun: a choice that waits holds up finished candidates.
        ScoreRequest request = new(conditioning.Text, input.Tokens, ImageSampler.PriorityOf(work) + 1);
        await jobs.ReportScoreAsync(work, await engine.ScoreAsync(request, work.Stop.Token));
    }

    private async Task DetokenizeAsync(RunningWork work, WorkInput input)
    {
        Tell(work);
        Picture picture = await engine.DetokenizeAsync(work.Feed.Model, input.Tokens, work.Stop.Token);
        if (input.Parameters.Size == engine.Models[work.Feed.Model].NativeSize)
        {
            await StoreAsync(work, input, picture);
            return;
        }

        bool continues = GoesOnTo(Stage.Upscale);
        if (await jobs.ReportPictureAsync(work, picture, continues) == WorkOutcome.Go && continues)
        {
            Leases!.Move(work, Stage.Upscale);
            await UpscaleAsync(work, input, picture);
        }
    }

    private async Task UpscaleAsync(RunningWork work, WorkInput input, Picture native)
    {
        Tell(work);
        await StoreAsync(work, input, await engine.UpscaleAsync(work.Feed.Model, native, input.Parameters.Size, work.Stop.Token));
    }

    private void Tell(RunningWork work) => WorkerLog.Begins(logger, work.Lease.Worker, work.Stage, work.Key);

    // What one worker serves stays in its memory from stage to stage; only the job hears of it.
    private bool GoesOnTo(Stage stage) => Leases is { } leases && leases.Serves(stage);

    private async Task StoreAsync(RunningWork work, WorkInput input, Picture picture)
    {
        StoredPicture stored = await pictures.StoreAsync(work, input, picture);
        if (await jobs.ReportStoredAsync(work, stored) == WorkOutcome.Go)
        {
            tally.CountImage();
        }
    }
}

using Microsoft.Extensions.Logging;
using Parti.Abstractions;
using Parti.Inference;

namespace Parti.Grains.Workers;

/// <summary>Samples images and keeps their jobs informed meanwhile, so that tokens outlive this worker.</summary>
/// <param name="engine">The device's engine.</param>
/// <param name="jobs">Where reports go.</param>
/// <param name="hand">The leases in hand.</param>
/// <param name="tally">What was done.</param>
/// <param name="options">How often tokens are reported.</param>
/// <param name="time">The clock.</param>
/// <param name="scheduler">The grain's scheduler; reports that the engine's thread asks for are made there.</param>
/// <param name="logger">Where failures are told.</param>
internal sealed class ImageSampler(
    IInferenceEngine engine,
    JobReporter jobs,
    WorkInHand hand,
    WorkerTally tally,
    PartiGrainsOptions options,
    TimeProvider time,
    TaskScheduler scheduler,
    ILogger logger)
{
    /// <summary>Samples one image, from the tokens that are kept to the last report.</summary>
    /// <param name="work">The lease.</param>
    /// <param name="input">What to sample.</param>
    /// <param name="conditioning">Text states, and the tokens of a picture that is edited.</param>
    /// <param name="continues">Whether this worker goes on with the image.</param>
    /// <returns>All image tokens, or null where the job wants them no more.</returns>
    internal async Task<int[]?> SampleAsync(RunningWork work, WorkInput input, Conditioning conditioning, bool continues)
    {
        EffectiveParameters parameters = input.Parameters;
        SamplingParams sampling = new((float)parameters.GuidanceScale, (float)parameters.Temperature, parameters.TopK, (float)parameters.TopP);
        TokenReporter reporter = new(input.Tokens, engine.Models[work.Feed.Model].ImageTokens, options, time, () => OnReportDue(work), input.PartialImages);
        work.Reporter = reporter;
        SampleRequest request = new(conditioning.Text, sampling, parameters.Seed, work.Key.Image, input.Tokens)
        {
            Priority = PriorityOf(work),
            ForcedTokens = GivenTokens.Of(conditioning.SourceTokens, input.Source, parameters.Seed, work.Key.Image),
        };
        WorkerLog.Samples(logger, work.Lease.Worker, work.Key, input.Tokens.Length);
        int[] tokens = await engine.SampleAsync(request, progress => OnProgress(work, reporter, progress), work.Stop.Token);

        // A report on its way must not arrive after the last one, and none may begin any more.
        while (!work.Reporting.IsCompleted)
        {
            await work.Reporting;
        }

        work.Reporter = null;
        int position = reporter.Take().Position;
        tally.TokensDone += tokens.Length - position;
        WorkOutcome outcome = await jobs.ReportSampledAsync(work, position, tokens[position..], continues);
        if (outcome == WorkOutcome.NotReady)
        {
            outcome = await jobs.ReportSampledAsync(work, 0, tokens, continues);
        }

        return outcome == WorkOutcome.Go ? tokens : null;
    }

    /// <summary>Who of those that wait for a slot gets one first; the number above each is for the scoring of the same urgency.</summary>
    internal static int PriorityOf(RunningWork work) => 2 * (int)work.Lease.Item.Priority;

    private void OnProgress(RunningWork work, TokenReporter reporter, SampleProgress progress)
    {
        WorkerLog.Progress(logger, work.Lease.Worker, work.Key, progress.Position + progress.NewTokens.Length);
        reporter.OnProgress(progress);
    }

    private void OnReportDue(RunningWork work) => Task.Factory.StartNew(
        () => work.Reporting = ReportAsync(work), CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler);

    private async Task ReportAsync(RunningWork work)
    {
        if (work.Reporter is not { } reporter)
        {
            return;
        }

        try
        {
            (int position, int[] tokens) = reporter.Take();
            tally.TokensDone += tokens.Length;
            WorkOutcome outcome = await jobs.ReportTokensAsync(work, position, tokens);
            if (outcome == WorkOutcome.NotReady)
            {
                (position, tokens) = reporter.Take(all: true);
                outcome = await jobs.ReportTokensAsync(work, position, tokens);
            }

            if ((outcome is WorkOutcome.Stale or WorkOutcome.Canceled) && hand.Contains(work))
            {
                await work.Stop.CancelAsync();
            }
        }
        catch (Exception exception)
        {
            // The next report finds the gap and fills it.
            WorkerLog.ReportFailed(logger, work.Lease.Worker, work.Key, exception);
        }
    }
}

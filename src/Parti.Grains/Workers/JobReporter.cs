using Microsoft.Extensions.Logging;
using Parti.Abstractions;
using Parti.Grains.Storage;
using Parti.Inference;

namespace Parti.Grains.Workers;

/// <summary>A job's grain could not be reached for so long that its item is given up; nothing is wrong with the item.</summary>
/// <param name="inner">What came in place of the last answer.</param>
internal sealed class JobUnreachableException(Exception inner) : Exception(inner.Message, inner);

/// <summary>Asks jobs for input and tells them what became of their items. Calls are idempotent, so one whose fate is unknown is made again.</summary>
/// <param name="worker">Key of the worker grain.</param>
/// <param name="grains">Reaches the jobs.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where failures are told.</param>
internal sealed class JobReporter(string worker, IGrainFactory grains, TimeProvider time, ILogger logger)
{
    /// <summary>Asks whether work may begin.</summary>
    /// <param name="work">The lease.</param>
    /// <param name="hasText">Whether the text states are here already.</param>
    internal Task<WorkStartAnswer> StartAsync(RunningWork work, bool hasText)
    {
        WorkStart start = new(work.Stage, work.Key.Image, work.Lease.Epoch, worker, hasText);
        return CallAsync(() => JobOf(work).StartAsync(start));
    }

    /// <summary>Reports in the name of a lease.</summary>
    /// <param name="work">The lease.</param>
    /// <param name="report">What happened; stage, image, epoch and worker are filled in here.</param>
    internal Task<WorkOutcome> ReportAsync(RunningWork work, WorkReport report)
    {
        WorkReport signed = report with { Stage = work.Stage, Image = work.Key.Image, Epoch = work.Lease.Epoch, Worker = worker };
        return CallAsync(() => JobOf(work).ReportAsync(signed));
    }

    /// <summary>Reports text states, and the tokens of the picture that is edited.</summary>
    internal Task<WorkOutcome> ReportTextAsync(RunningWork work, Conditioning conditioning) => ReportAsync(work, new EncodedReport
    {
        Text = conditioning.ToStates(),
    });

    /// <summary>Reports tokens from a position on.</summary>
    internal Task<WorkOutcome> ReportTokensAsync(RunningWork work, int position, int[] tokens) =>
        ReportAsync(work, new TokensReport { Position = position, Tokens = tokens, Complete = false });

    /// <summary>Reports the last tokens of an image.</summary>
    internal Task<WorkOutcome> ReportSampledAsync(RunningWork work, int position, int[] tokens, bool continues) =>
        ReportAsync(work, new TokensReport { Position = position, Tokens = tokens, Complete = true, Continues = continues });

    /// <summary>Reports what a candidate is chosen by.</summary>
    internal Task<WorkOutcome> ReportScoreAsync(RunningWork work, double score) => ReportAsync(work, new ScoredReport { Score = score });

    /// <summary>Reports a picture that is to be enlarged; it travels only where another worker does that.</summary>
    internal Task<WorkOutcome> ReportPictureAsync(RunningWork work, Picture picture, bool continues) => ReportAsync(work, new DetokenizedReport
    {
        Picture = continues ? null : new(picture.Width, picture.Height, picture.Rgb),
    });

    /// <summary>Reports a stored picture.</summary>
    internal Task<WorkOutcome> ReportStoredAsync(RunningWork work, StoredPicture picture) => ReportAsync(work, new StoredReport
    {
        Url = picture.Path,
        Sha256 = picture.Sha256,
        Width = picture.Width,
        Height = picture.Height,
        StoreMs = picture.Milliseconds,
    });

    /// <summary>Gives an item up so that another worker goes on where this one stops.</summary>
    internal Task HandOverAsync(RunningWork work)
    {
        work.GiveBack = true;
        (int position, int[] tokens) = work.Reporter?.Take(all: true) ?? (0, []);
        return TryReportAsync(work, new HandedOverReport
        {
            Position = position,
            Tokens = tokens,
        });
    }

    /// <summary>Reports a failure; another worker tries again unless it cannot help.</summary>
    internal Task FailAsync(RunningWork work, Exception exception)
    {
        WorkerLog.WorkFailed(logger, worker, work.Key, work.Stage, exception);
        (JobError error, bool retryable) = exception switch
        {
            EngineRequestException refused => (new JobError(refused.Code, refused.Message), false),
            ResultStoreException store => (new JobError(store.Code, store.Message), store.IsTransient),
            _ => (new JobError("engine_failed", $"{work.Stage} failed on {worker}: {exception.Message}"), true),
        };
        work.GiveBack = retryable;
        return TryReportAsync(work, new FailedReport
        {
            Error = error,
            Retryable = retryable,
        });
    }

    private async Task TryReportAsync(RunningWork work, WorkReport report)
    {
        try
        {
            await ReportAsync(work, report);
        }
        catch (Exception exception)
        {
            WorkerLog.ReportFailed(logger, worker, work.Key, exception);
        }
    }

    private async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await CallAgain.RunAsync(call, time, CallAgain.UntilADeathIsKnown);
        }
        catch (Exception exception) when (CallAgain.IsUnknown(exception))
        {
            throw new JobUnreachableException(exception);
        }
    }

    private IJobWorkGrain JobOf(RunningWork work) => grains.Find<IJobWorkGrain>(work.Key.Job.ToString());
}

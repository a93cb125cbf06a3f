using Microsoft.Extensions.Logging;
using Parti.Abstractions;

namespace Parti.Grains.Jobs;

/// <summary>What jobs say.</summary>
internal static partial class JobLog
{
    [LoggerMessage(1, LogLevel.Warning, "Job {Job}: the record could not be written")]
    internal static partial void WriteFailed(ILogger logger, JobKey job, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "Job {Job}: could not queue for {Stage}; trying again")]
    internal static partial void EnqueueFailed(ILogger logger, JobKey job, Stage stage, Exception exception);

    [LoggerMessage(3, LogLevel.Warning, "Job {Job}: job.json could not be written")]
    internal static partial void DescriptionFailed(ILogger logger, JobKey job, Exception exception);

    [LoggerMessage(4, LogLevel.Warning, "Job {Job}: a message was not delivered; the sweep makes up for it")]
    internal static partial void EffectFailed(ILogger logger, JobKey job, Exception exception);
}

using Microsoft.Extensions.Logging;
using Parti.Abstractions;

namespace Parti.Grains.Workers;

/// <summary>What workers say.</summary>
internal static partial class WorkerLog
{
    [LoggerMessage(1, LogLevel.Information, "Worker {Worker} takes work: {Slots} slots, {Queues} queues")]
    internal static partial void Started(ILogger logger, string worker, int slots, int queues);

    [LoggerMessage(2, LogLevel.Error, "Worker {Worker} has no engine and takes no work")]
    internal static partial void NoEngine(ILogger logger, string worker, Exception exception);

    [LoggerMessage(3, LogLevel.Information, "Worker {Worker} drains {Items} items within {Budget}")]
    internal static partial void Draining(ILogger logger, string worker, int items, TimeSpan budget);

    [LoggerMessage(4, LogLevel.Warning, "Worker {Worker} could not ask queue {Queue}")]
    internal static partial void PullFailed(ILogger logger, string worker, string queue, Exception exception);

    [LoggerMessage(5, LogLevel.Warning, "Worker {Worker} could not renew its leases at {Queue}")]
    internal static partial void RenewFailed(ILogger logger, string worker, string queue, Exception exception);

    [LoggerMessage(6, LogLevel.Warning, "Worker {Worker} could not report {Item}")]
    internal static partial void ReportFailed(ILogger logger, string worker, WorkKey item, Exception exception);

    [LoggerMessage(7, LogLevel.Warning, "Worker {Worker}: {Item} failed at {Stage}")]
    internal static partial void WorkFailed(ILogger logger, string worker, WorkKey item, Stage stage, Exception exception);

    [LoggerMessage(8, LogLevel.Warning, "Worker {Worker} could not announce itself; it tries again soon")]
    internal static partial void AnnounceFailed(ILogger logger, string worker, Exception exception);

    [LoggerMessage(9, LogLevel.Error, "Worker {Worker} gets no work of model {Model}: its weights are {Hash}, the cluster serves {Served}; give it the same model directory as the control silos")]
    internal static partial void OtherModel(ILogger logger, string worker, string model, string hash, string served);

    [LoggerMessage(10, LogLevel.Debug, "Worker {Worker} samples {Item} from token {Position}")]
    internal static partial void Samples(ILogger logger, string worker, WorkKey item, int position);

    [LoggerMessage(12, LogLevel.Debug, "Worker {Worker} begins {Stage} of {Item}")]
    internal static partial void Begins(ILogger logger, string worker, Stage stage, WorkKey item);

    [LoggerMessage(11, LogLevel.Trace, "Worker {Worker} has {Count} tokens of {Item}")]
    internal static partial void Progress(ILogger logger, string worker, WorkKey item, int count);
}

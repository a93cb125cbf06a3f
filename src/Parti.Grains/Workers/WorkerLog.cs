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
}

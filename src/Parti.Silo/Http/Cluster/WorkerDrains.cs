using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Parti.Abstractions;
using Parti.Grains;

namespace Parti.Silo.Http.Cluster;

/// <summary>Drains that go on after their request was answered.</summary>
internal sealed partial class WorkerDrains(IOptions<PartiGrainsOptions> options, TimeProvider time, ILogger<WorkerDrains> logger)
{
    /// <summary>Tells a worker to drain; a failure is logged.</summary>
    internal void Begin(IWorkerGrain worker, string id) => _ = RunAsync(worker, id);

    private async Task RunAsync(IWorkerGrain worker, string id)
    {
        try
        {
            await worker.DrainFullyAsync(options.Value.DrainBudget, time);
        }
        catch (Exception exception)
        {
            LogFailed(id, exception);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Worker {Worker} did not say that it is drained")]
    private partial void LogFailed(string worker, Exception exception);
}

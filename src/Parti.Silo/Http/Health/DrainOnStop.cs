using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Parti.Abstractions;
using Parti.Grains;
using Parti.Grains.Workers;

namespace Parti.Silo.Http.Health;

/// <summary>
/// Before anything stops, the workers of this silo finish or hand over what they have, while the web server still answers: who
/// watches a job sees its last events. Then the open streams end, so that the web server need not wait for them.
/// </summary>
internal sealed partial class DrainOnStop(
    IGrainFactory grains,
    ILocalEngines engines,
    IOptions<SiloOptions> silo,
    IOptions<PartiGrainsOptions> options,
    Readiness readiness,
    TimeProvider time,
    ILogger<DrainOnStop> logger) : IHostedLifecycleService
{
    private bool _drained;

    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // A host that has stopped is stopped once more when it is disposed of; by then there is nobody to ask.
        if (_drained)
        {
            return;
        }

        _drained = true;
        readiness.BeginStop();
        try
        {
            await Task.WhenAll(engines.Devices.Select(device =>
                grains.GetGrain<IWorkerGrain>(WorkerKey.For(silo.Value.SiloName, device)).DrainFullyAsync(options.Value.DrainBudget, time, cancellationToken)));
        }
        catch (Exception exception)
        {
            LogDrainFailed(exception);
        }
        finally
        {
            readiness.EndStreams();
        }
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1, LogLevel.Warning, "The workers could not be drained before the web server stops; the silo tries again")]
    private partial void LogDrainFailed(Exception exception);
}

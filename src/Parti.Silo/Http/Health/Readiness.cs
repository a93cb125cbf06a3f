using Microsoft.Extensions.Hosting;
using Parti.Grains.Workers;

namespace Parti.Silo.Http.Health;

/// <summary>Whether this silo should be sent requests.</summary>
public sealed class Readiness : IDisposable
{
    private readonly CancellationTokenSource _streams = new();
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILocalEngines _engines;
    private readonly LocalDrains _drains;
    private volatile bool _stops;

    /// <summary>Watches the host.</summary>
    /// <param name="lifetime">Says when the host has started and when it begins to stop.</param>
    /// <param name="engines">The devices of this silo.</param>
    /// <param name="drains">Which of them take no new work.</param>
    public Readiness(IHostApplicationLifetime lifetime, ILocalEngines engines, LocalDrains drains) => (_lifetime, _engines, _drains) = (lifetime, engines, drains);

    /// <summary>Whether the host has started.</summary>
    public bool HasStarted => _lifetime.ApplicationStarted.IsCancellationRequested;

    /// <summary>Canceled when the work of this silo is done or handed over: whoever watches goes on elsewhere.</summary>
    public CancellationToken StreamsMustEnd => _streams.Token;

    /// <summary>Why no requests should come, one line; null when they may.</summary>
    public string? NotReadyReason =>
        _stops || _lifetime.ApplicationStopping.IsCancellationRequested ? "The silo is stopping."
        : !HasStarted ? "The silo is starting."
        : _drains.Cover(_engines.Devices) ? "The devices of this silo are drained; restart it to have it back."
        : _engines.Devices.FirstOrDefault(device => !_engines.GetAsync(device).IsCompletedSuccessfully) is { } device ? $"Device {device} is loading its models."
        : null;

    /// <inheritdoc/>
    public void Dispose() => _streams.Dispose();

    /// <summary>From now on no requests should come. A host that is stopped by its own program drains before it says that it stops.</summary>
    internal void BeginStop() => _stops = true;

    /// <summary>Ends every open stream of events.</summary>
    internal void EndStreams() => _streams.Cancel();
}

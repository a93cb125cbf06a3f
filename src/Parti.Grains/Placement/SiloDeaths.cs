using System.Collections.Concurrent;

namespace Parti.Grains.Placement;

/// <summary>Tells whoever asks on this silo when another one is declared dead. Thread-safe.</summary>
/// <param name="silos">The cluster's list of silos.</param>
public sealed class SiloDeaths(ISiloStatusOracle silos) : ISiloStatusListener, ILifecycleParticipant<ISiloLifecycle>
{
    private readonly ConcurrentDictionary<Subscription, Action<string, int>> _told = [];

    /// <summary>Whether this silo is the one that does what one silo should do after a death; another one does if it dies too.</summary>
    internal bool IsFirst => silos.GetActiveSilos().Min()?.Equals(silos.SiloAddress) == true;

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle)
    {
        ArgumentNullException.ThrowIfNull(lifecycle);
        lifecycle.Subscribe(nameof(SiloDeaths), ServiceLifecycleStage.RuntimeServices, StartAsync, StopAsync);
    }

    /// <inheritdoc/>
    public void SiloStatusChangeNotification(SiloAddress updatedSilo, SiloStatus status)
    {
        ArgumentNullException.ThrowIfNull(updatedSilo);
        if (status != SiloStatus.Dead || !silos.TryGetSiloName(updatedSilo, out string? name))
        {
            return;
        }

        foreach (Action<string, int> tell in _told.Values)
        {
            tell(name, updatedSilo.Generation);
        }
    }

    /// <summary>Hears of deaths until disposed.</summary>
    /// <param name="tell">Told the silo's name and which start of it died; on any thread, must return at once.</param>
    internal IDisposable Subscribe(Action<string, int> tell)
    {
        Subscription subscription = new(this);
        _told[subscription] = tell;
        return subscription;
    }

    private Task StartAsync(CancellationToken cancellationToken)
    {
        silos.SubscribeToSiloStatusEvents(this);
        return Task.CompletedTask;
    }

    private Task StopAsync(CancellationToken cancellationToken)
    {
        silos.UnSubscribeFromSiloStatusEvents(this);
        return Task.CompletedTask;
    }

    private sealed class Subscription(SiloDeaths deaths) : IDisposable
    {
        public void Dispose() => deaths._told.TryRemove(this, out _);
    }
}

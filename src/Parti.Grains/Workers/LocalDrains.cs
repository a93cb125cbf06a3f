using System.Collections.Concurrent;

namespace Parti.Grains.Workers;

/// <summary>Which devices of this silo take no new work. Thread-safe.</summary>
public sealed class LocalDrains
{
    private readonly ConcurrentDictionary<string, bool> _devices = new();

    /// <summary>Whether there are devices and all of them drain or are drained.</summary>
    /// <param name="devices">The silo's devices.</param>
    public bool Cover(IReadOnlyList<string> devices)
    {
        ArgumentNullException.ThrowIfNull(devices);
        return devices.Count > 0 && devices.All(_devices.ContainsKey);
    }

    /// <summary>A device drains from now on.</summary>
    internal void Begin(string device) => _devices[device] = true;

    /// <summary>A device begins anew.</summary>
    internal void End(string device) => _devices.TryRemove(device, out _);
}

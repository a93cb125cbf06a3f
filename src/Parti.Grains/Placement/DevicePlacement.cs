using Orleans.Placement;
using Orleans.Runtime.Placement;
using Parti.Abstractions;

namespace Parti.Grains.Placement;

/// <summary>The grain's key names the silo it lives on.</summary>
[Serializable, GenerateSerializer, Immutable, SuppressReferenceTracking]
public sealed class DevicePlacement : PlacementStrategy
{
    internal static DevicePlacement Instance { get; } = new();
}

/// <summary>Places a grain with a key <c>silo|device</c> on that silo and nowhere else.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class DevicePlacementAttribute() : PlacementAttribute(DevicePlacement.Instance);

/// <summary>Finds the silo that a worker's key names.</summary>
/// <param name="silos">Silo names.</param>
internal sealed class DevicePlacementDirector(ISiloStatusOracle silos) : IPlacementDirector
{
    /// <inheritdoc/>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        string key = target.GrainIdentity.Key.ToString() ?? string.Empty;
        (string silo, _) = WorkerKey.Parse(key);
        foreach (SiloAddress address in context.GetCompatibleSilos(target))
        {
            if (silos.TryGetSiloName(address, out string? name) && name == silo)
            {
                return Task.FromResult(address);
            }
        }

        // A silo that stops is asked where its grains could go. Those of its devices stay, and end with it.
        if (silos.SiloName == silo && silos.CurrentStatus.IsTerminating())
        {
            return Task.FromResult(silos.SiloAddress);
        }

        throw new OrleansException($"Worker {key} cannot be reached: no silo named {silo} is in the cluster; list the workers to see which there are.");
    }
}

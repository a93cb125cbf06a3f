using System.Reflection;
using Orleans.Metadata;
using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace Parti.Grains.Placement;

/// <summary>Keeps a grain on silos that host control grains.</summary>
public sealed class ControlPlacementFilter : PlacementFilterStrategy
{
    /// <summary>Made by the runtime.</summary>
    public ControlPlacementFilter()
        : base(order: 0)
    {
    }
}

/// <summary>Marks jobs, queues and the catalog: they live on silos with the control role and nowhere else.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ControlGrainAttribute() : PlacementFilterAttribute(new ControlPlacementFilter());

/// <summary>
/// Says in this silo's manifest that it hosts no control grains. The manifest is known before anything is placed on a silo; silo
/// metadata come later, and a silo whose metadata could not be read would stay without a role for minutes.
/// </summary>
internal sealed class NoControlGrains : IGrainPropertiesProvider
{
    internal const string Property = "parti.hosted";

    /// <inheritdoc/>
    public void Populate(Type grainClass, GrainType grainType, Dictionary<string, string> properties)
    {
        if (grainClass.GetCustomAttribute<ControlGrainAttribute>() is not null)
        {
            properties[Property] = bool.FalseString;
        }
    }
}

/// <summary>Takes out the silos whose manifest says that they do not host the grain.</summary>
/// <param name="services">The silo's services; the manifests are asked for late, since they are made from the same grains.</param>
internal sealed class ControlPlacementFilterDirector(IServiceProvider services) : IPlacementFilterDirector
{
    private readonly Lazy<IClusterManifestProvider> _manifests = new(() => (IClusterManifestProvider)services.GetService(typeof(IClusterManifestProvider))!);

    /// <inheritdoc/>
    public IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> silos)
    {
        ClusterManifest cluster = _manifests.Value.Current;
        SiloAddress[] hosts = [.. silos.Where(silo => Hosts(cluster, silo, target.GrainIdentity.Type))];

        // Callers retry what this says; an empty answer would end as an error that nobody retries.
        return hosts.Length > 0 ? hosts : throw new SiloUnavailableException("No silo with the control role is in the cluster; start one.");
    }

    private static bool Hosts(ClusterManifest cluster, SiloAddress silo, GrainType type) =>
        cluster.Silos.TryGetValue(silo, out GrainManifest? manifest)
        && manifest.Grains.TryGetValue(type, out GrainProperties? grain)
        && !grain.Properties.ContainsKey(NoControlGrains.Property);
}

using Parti.Testing;

namespace Parti.Chaos.Tests;

/// <summary>Where faults happen.</summary>
/// <param name="Cluster">The cluster under load.</param>
/// <param name="Proxy">Between its silos and their blobs.</param>
/// <param name="Clock">That of some of its silos; null where clocks cannot be set wrong.</param>
/// <param name="Disk">That of its Redis; null where none could be mounted.</param>
/// <param name="Random">Chooses whom a fault meets.</param>
/// <param name="IsBrief">Whether a fault passes as soon as it is certain to have been felt.</param>
internal sealed record Scene(TestCluster Cluster, FaultProxy Proxy, WrongClock? Clock, SmallDisk? Disk, Random Random, bool IsBrief)
{
    /// <summary>Any silo of a kind.</summary>
    public SiloProcess Any(string kind)
    {
        SiloProcess[] silos = [.. Cluster.Silos.Where(silo => silo.Name.StartsWith(kind, StringComparison.Ordinal)).OrderBy(silo => silo.Name, StringComparer.Ordinal)];
        return silos[Random.Next(silos.Length)];
    }

    /// <summary>Lets time go by.</summary>
    /// <param name="brief">Seconds in the short version.</param>
    /// <param name="full">Seconds in the long one.</param>
    /// <param name="stop">Gives up.</param>
    public Task PassAsync(double brief, double full, CancellationToken stop) => Task.Delay(TimeSpan.FromSeconds(IsBrief ? brief : full), stop);
}

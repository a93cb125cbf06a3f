using System.Net;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Parti.Silo.Composition;

/// <summary>Makes a silo a member of its cluster.</summary>
internal static class ClusterComposition
{
    private const string Npgsql = "Npgsql";

    /// <summary>Adds membership, reminders and endpoints.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="settings">Its place in the cluster.</param>
    /// <param name="hasGateway">Whether cluster clients may connect to it.</param>
    /// <param name="connections">The way to the servers.</param>
    internal static void AddCluster(this ISiloBuilder silo, ClusterSettings settings, bool hasGateway, ServiceConnections connections)
    {
        (int siloPort, int anyPort) = Ports(settings);

        // Port 0 means none to Orleans.
        int gatewayPort = hasGateway ? anyPort : 0;
        switch (settings.Kind)
        {
            case ClusterKind.Redis:
                silo.AddRedisCluster(settings.ConnectionString!, connections);
                break;
            case ClusterKind.Postgres:
                silo.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (Npgsql, settings.ConnectionString));
                silo.UseAdoNetReminderService(options => (options.Invariant, options.ConnectionString) = (Npgsql, settings.ConnectionString!));
                break;
            default:
                IPEndPoint? primary = settings.PrimaryPort == 0 ? null : new(IPAddress.Loopback, settings.PrimaryPort);
                silo.UseLocalhostClustering(siloPort, gatewayPort, primary, settings.ServiceId, settings.ClusterId);
                break;
        }

        silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (settings.ClusterId, settings.ServiceId));
        silo.Configure<SiloOptions>(options => options.SiloName = settings.SiloName);
        silo.Configure<EndpointOptions>(options => SetEndpoints(options, settings.AdvertisedAddress, siloPort, gatewayPort));
        silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = settings.ResponseTimeout);
        silo.Configure<ClusterMembershipOptions>(options => SetDetection(options, settings));
    }

    private static void AddRedisCluster(this ISiloBuilder silo, string connectionString, ServiceConnections connections)
    {
        async Task<(IConnectionMultiplexer Connection, bool Shared)> Connect() => (await connections.RedisAsync(connectionString), true);
        silo.UseRedisClustering(options =>
        {
            options.ConfigurationOptions = new();
            options.CreateMultiplexer = _ => Connect();
        });
        silo.UseRedisReminderService(options =>
        {
            options.ConfigurationOptions = new();
            options.CreateMultiplexer = _ => Connect();
        });
    }

    private static (int Silo, int Gateway) Ports(ClusterSettings settings)
    {
        if (settings is { SiloPort: not 0, GatewayPort: not 0 })
        {
            return (settings.SiloPort, settings.GatewayPort);
        }

        (int first, int second) = LoopbackPorts.TakeTwo();
        return (settings.SiloPort == 0 ? first : settings.SiloPort, settings.GatewayPort == 0 ? second : settings.GatewayPort);
    }

    private static void SetEndpoints(EndpointOptions options, IPAddress? advertised, int siloPort, int gatewayPort)
    {
        (options.SiloPort, options.GatewayPort) = (siloPort, gatewayPort);
        if (advertised is null)
        {
            return;
        }

        // Whoever is reached by a loopback address only has no need to be heard by other machines.
        IPAddress listening = IPAddress.IsLoopback(advertised) ? advertised
            : advertised.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;
        options.AdvertisedIPAddress = advertised;
        options.SiloListeningEndpoint = new(listening, siloPort);
        options.GatewayListeningEndpoint = new(listening, gatewayPort);
    }

    private static void SetDetection(ClusterMembershipOptions options, ClusterSettings settings)
    {
        options.ProbeTimeout = settings.ProbeTimeout;
        options.NumMissedProbesLimit = settings.MissedProbes;
        options.NumVotesForDeathDeclaration = settings.DeathVotes;

        // What gossip missed is read from the table; probes say sooner than the table that a silo is gone.
        options.TableRefreshTimeout = 5 * settings.ProbeTimeout;
        options.IAmAliveTablePublishTimeout = 5 * settings.ProbeTimeout;

        // Whether a silo joins too long is judged by the judge's clock: one that is minutes ahead of it kept every new silo out. Probes decide.
        options.EvictWhenMaxJoinAttemptTimeExceeded = false;
    }
}

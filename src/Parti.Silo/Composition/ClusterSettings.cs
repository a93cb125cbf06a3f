using System.Net;

namespace Parti.Silo.Composition;

/// <summary>How silos find one another.</summary>
public enum ClusterKind
{
    /// <summary>On this machine, without a server; the first silo keeps the list. For development.</summary>
    Localhost = 0,

    /// <summary>By a list in Redis.</summary>
    Redis = 1,

    /// <summary>By a list in PostgreSQL.</summary>
    Postgres = 2,
}

/// <summary>A silo's place in its cluster.</summary>
public sealed record ClusterSettings
{
    /// <summary>Name of a cluster and of its service where none is given.</summary>
    public const string DefaultId = "parti";

    private const int UsualSiloPort = 11111;
    private const int UsualGatewayPort = 30000;

    /// <summary>Who keeps the list of silos.</summary>
    public ClusterKind Kind { get; init; }

    /// <summary>Where that server is.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>Silos of one id form one cluster.</summary>
    public string ClusterId { get; init; } = DefaultId;

    /// <summary>Whose jobs these are; stays the same when a new cluster takes over from an old one.</summary>
    public string ServiceId { get; init; } = DefaultId;

    /// <summary>The silo's name, by which its workers are known; the same after a restart.</summary>
    public string SiloName { get; init; } = EmbeddedSilo.SiloName;

    /// <summary>Port for other silos; 0 for any free one.</summary>
    public int SiloPort { get; init; }

    /// <summary>Port for clients inside the cluster's trust boundary; 0 for any free one.</summary>
    public int GatewayPort { get; init; }

    /// <summary>Port of the silo that keeps the list, with <see cref="ClusterKind.Localhost"/>; 0 where this one does.</summary>
    public int PrimaryPort { get; init; }

    /// <summary>The address other silos reach this one by; null for the machine's own.</summary>
    public IPAddress? AdvertisedAddress { get; init; } = IPAddress.Loopback;

    /// <summary>How long a silo may take to answer a probe.</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Probes in a row a silo may miss before it is suspected.</summary>
    public int MissedProbes { get; init; } = 3;

    /// <summary>Silos that must suspect one before it is declared dead.</summary>
    public int DeathVotes { get; init; } = 2;

    /// <summary>How long a call between silos may stay without an answer before it is made again.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    internal static ClusterSettings Read(SettingsReader reader)
    {
        ClusterKind kind = reader.Choice("Cluster:Kind", ClusterKind.Localhost);
        bool local = kind == ClusterKind.Localhost;
        string? connection = reader.Text("Cluster:ConnectionString");
        if (!local && connection is null)
        {
            reader.Refuse("Cluster:ConnectionString", null, kind == ClusterKind.Redis ? "where Redis is, such as localhost:6379" : "where PostgreSQL is, such as Host=localhost;Database=parti;Username=parti");
        }

        return new()
        {
            Kind = kind,
            ConnectionString = connection,
            ClusterId = Name(reader, "Cluster:ClusterId", DefaultId),
            ServiceId = Name(reader, "Cluster:ServiceId", DefaultId),
            SiloName = Name(reader, "Cluster:SiloName", local ? EmbeddedSilo.SiloName : Environment.MachineName),
            SiloPort = reader.Integer("Cluster:SiloPort", local ? 0 : UsualSiloPort, 0, 65535),
            GatewayPort = reader.Integer("Cluster:GatewayPort", local ? 0 : UsualGatewayPort, 0, 65535),
            PrimaryPort = reader.Integer("Cluster:PrimaryPort", 0, 0, 65535),
            AdvertisedAddress = Address(reader, local ? IPAddress.Loopback : null),
            ProbeTimeout = reader.Duration("Cluster:ProbeTimeout", TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(0.5), TimeSpan.FromMinutes(1)),
            MissedProbes = reader.Integer("Cluster:MissedProbes", 3, 1, 20),
            DeathVotes = reader.Integer("Cluster:DeathVotes", 2, 1, 5),
            ResponseTimeout = reader.Duration("Cluster:ResponseTimeout", TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)),
        };
    }

    // A bar would make the key of a worker (silo|device) unreadable.
    private static string Name(SettingsReader reader, string key, string fallback)
    {
        string name = reader.Text(key) ?? fallback;
        if (name.Length > 100 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            reader.Refuse(key, name, "1 to 100 letters, digits, dashes, dots and underscores");
        }

        return name;
    }

    private static IPAddress? Address(SettingsReader reader, IPAddress? fallback)
    {
        if (reader.Text("Cluster:AdvertisedAddress") is not { } text)
        {
            return fallback;
        }

        if (IPAddress.TryParse(text, out IPAddress? address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any))
        {
            return address;
        }

        reader.Refuse("Cluster:AdvertisedAddress", text, "the one IP address of this machine that the other silos reach");
        return fallback;
    }
}

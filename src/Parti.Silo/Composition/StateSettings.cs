namespace Parti.Silo.Composition;

/// <summary>What keeps jobs and the catalog.</summary>
public enum StateKind
{
    /// <summary>Files below a folder.</summary>
    File = 0,

    /// <summary>Redis.</summary>
    Redis = 1,

    /// <summary>PostgreSQL.</summary>
    Postgres = 2,
}

/// <summary>Where jobs and the catalog are kept.</summary>
public sealed record StateSettings
{
    /// <summary>What keeps them.</summary>
    public StateKind Kind { get; init; }

    /// <summary>Folder of files, state and pictures; null for <see cref="StateFolder.DefaultPath"/>.</summary>
    public string? Folder { get; init; }

    /// <summary>Where the server is.</summary>
    public string? ConnectionString { get; init; }

    internal static StateSettings Read(SettingsReader reader, ClusterSettings cluster)
    {
        // A cluster that has a server anyway keeps its jobs there unless told otherwise.
        StateKind kind = reader.Choice("State:Kind", (StateKind)cluster.Kind);
        bool shared = (int)kind == (int)cluster.Kind;
        string? connection = reader.Text("State:ConnectionString") ?? (shared ? cluster.ConnectionString : null);
        if (kind != StateKind.File && connection is null && !shared)
        {
            reader.Refuse("State:ConnectionString", null, "where that server is; it may be left out only where Parti:Cluster:Kind is the same");
        }

        return new() { Kind = kind, Folder = reader.Text("State:Folder"), ConnectionString = connection };
    }
}

using Parti.Client;
using Parti.Silo;

namespace Parti.Cli;

/// <summary>The cluster that a command talks to: one inside this process, or a running server.</summary>
internal sealed class ClusterConnection : IAsyncDisposable
{
    private readonly EmbeddedSilo? _silo;
    private readonly HttpPartiClient? _server;

    /// <summary>A cluster inside this process, which ends with the connection.</summary>
    internal ClusterConnection(EmbeddedSilo silo) => (_silo, Client) = (silo, silo.Client);

    /// <summary>A running server.</summary>
    internal ClusterConnection(HttpPartiClient server) => (_server, Client) = (server, server);

    /// <summary>The way in.</summary>
    internal IPartiClient Client { get; }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _server?.Dispose();
        return _silo?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}

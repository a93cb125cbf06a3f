using System.Globalization;

namespace Parti.Testing;

/// <summary>A Redis of the test's own. What it acknowledged outlives a kill and a restart.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly string _folder;
    private readonly bool _owns;
    private readonly string _program;
    private ServerProcess? _process;

    private RedisServer(string program, string? folder)
    {
        (_program, _owns) = (program, folder is null);
        _folder = folder ?? Directory.CreateTempSubdirectory("parti-redis-").FullName;
    }

    public int Port { get; } = ServerProcess.FreePort();

    /// <summary>For one machine: short patience, so that an outage is noticed and over soon.</summary>
    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    public ServerProcess Process => _process!;

    /// <summary>Starts one.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="folder">Where it writes; the caller's, or one of its own where none is given.</param>
    public static async Task<RedisServer> StartAsync(CancellationToken cancellationToken, string? folder = null)
    {
        RedisServer server = new(Programs.Require("redis-server"), folder);
        await server.StartProcessAsync(cancellationToken);
        return server;
    }

    /// <summary>Kills it and starts it anew on what it had written.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        await _process!.DisposeAsync();
        await StartProcessAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await (_process?.DisposeAsync() ?? ValueTask.CompletedTask);
        if (_owns)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private async Task StartProcessAsync(CancellationToken cancellationToken)
    {
        _process = ServerProcess.Start(_program, [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", _folder,
            "--save", "", "--auto-aof-rewrite-min-size", "16mb", "--appendonly", "yes", "--appendfsync", "always", "--daemonize", "no"]);
        await _process.LineAsync(line => line.Contains("Ready to accept connections", StringComparison.Ordinal), cancellationToken);
    }
}

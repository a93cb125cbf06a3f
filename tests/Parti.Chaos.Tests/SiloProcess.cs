using Parti.Testing;

namespace Parti.Chaos.Tests;

/// <summary>The real silo in a process of its own.</summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    private readonly IReadOnlyDictionary<string, string?> _environment;
    private ServerProcess? _process;

    private SiloProcess(string name, IReadOnlyDictionary<string, string?> environment) => (Name, _environment) = (name, environment);

    public string Name { get; }

    public ServerProcess Process => _process!;

    /// <summary>Where its web server listens; every silo answers the health probes.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>Starts a silo and waits until it takes jobs.</summary>
    /// <param name="name">Its name in the cluster.</param>
    /// <param name="settings">Keys below <c>Parti</c> and their values.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="variables">More environment variables, as they are.</param>
    public static async Task<SiloProcess> StartAsync(
        string name, IEnumerable<KeyValuePair<string, string>> settings, CancellationToken cancellationToken, IEnumerable<KeyValuePair<string, string?>>? variables = null)
    {
        Dictionary<string, string?> environment = new()
        {
            ["PARTI_THREADS"] = "1",
            ["DOTNET_gcServer"] = "0",
            ["Parti__Cluster__SiloName"] = name,
            ["Parti__Http__Url"] = "http://127.0.0.1:0",
        };
        foreach ((string key, string value) in settings)
        {
            environment[$"Parti__{key.Replace(":", "__", StringComparison.Ordinal)}"] = value;
        }

        foreach ((string key, string? value) in variables ?? [])
        {
            environment[key] = value;
        }

        SiloProcess silo = new(name, environment);
        await silo.StartAsync(cancellationToken);
        return silo;
    }

    /// <summary>The program of the silo.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Parti.Silo.exe" : "Parti.Silo");

    /// <summary>Starts it again, under the same name.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        await _process!.DisposeAsync();
        await StartAsync(cancellationToken);
    }

    /// <summary>Starts it again if it ends within a time.</summary>
    public async Task RestartIfEndedAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        try
        {
            await _process!.ExitAsync(cancellationToken).WaitAsync(within, cancellationToken);
            await RestartAsync(cancellationToken);
        }
        catch (TimeoutException)
        {
            // It lives on.
        }
    }

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        _process = ServerProcess.Start(Program, [], _environment);
        string said = $"Silo {Name} listens at ";
        string line = await _process.LineAsync(line => line.StartsWith(said, StringComparison.Ordinal), cancellationToken);
        Url = new(line[said.Length..].Split(' ')[0]);
    }
}

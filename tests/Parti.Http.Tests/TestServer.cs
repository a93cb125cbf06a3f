using Microsoft.AspNetCore.Builder;
using Parti.EndToEnd.Tests;
using Parti.Silo;

namespace Parti.Http.Tests;

/// <summary>The real web host in this process, on a free port, over a folder of its own, with an engine without networks.</summary>
public sealed class TestServer : IAsyncLifetime
{
    private PartiServer? _server;

    public TestServer()
        : this(Directory.CreateTempSubdirectory("parti-http-").FullName)
    {
    }

    private TestServer(string folder) => Folder = folder;

    /// <summary>The state and the models; left in place when the server stops.</summary>
    internal string Folder { get; }

    /// <summary>The engine; a test may make it stand still.</summary>
    internal ScriptedEngine Engine { get; } = new();

    /// <summary>Settings as on the command line.</summary>
    internal IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Adds to the host before it is built.</summary>
    internal Action<WebApplicationBuilder>? Configure { get; init; }

    /// <summary>Talks to the server.</summary>
    internal HttpClient Http { get; private set; } = new();

    internal Uri Url => _server!.Url;

    internal string Server => Url.ToString().TrimEnd('/');

    internal IServiceProvider Services => _server!.Services;

    public async ValueTask InitializeAsync()
    {
        string models = Path.Combine(Folder, "models");
        if (!Directory.Exists(models))
        {
            ModelSample.Create(Path.Combine(models, ScriptedEngine.Model));
        }

        _server = await PartiServer.StartAsync(
            new() { StateFolder = Path.Combine(Folder, "state"), ModelPaths = [models], OpenEngine = (options, _) => Engine.Open(options) },
            ["--Parti:Http:Url=http://127.0.0.1:0", .. Settings],
            Configure,
            TestContext.Current.CancellationToken);
        Http = new() { BaseAddress = Url };
    }

    /// <summary>Stops the server in order, as a SIGTERM does, and leaves its folder.</summary>
    internal async Task StopAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            await server.DisposeAsync();
        }
    }

    /// <summary>A second server over the same folder, to be started when this one has stopped.</summary>
    internal TestServer Next(IReadOnlyList<string>? settings = null) => new(Folder) { Settings = settings ?? [] };

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await StopAsync();
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Parti.Client;
using Parti.Inference;
using Parti.Native;
using Parti.Silo.Composition;

namespace Parti.Silo;

/// <summary>
/// A cluster of one silo inside this process, on loopback ports of its own, over a state folder that no other process has.
/// Jobs that an earlier process left unfinished continue by themselves.
/// </summary>
public sealed class EmbeddedSilo : IAsyncDisposable
{
    /// <summary>The silo's name; fixed, so that a later process is the same worker.</summary>
    public const string SiloName = "local";

    private const string Device = "cpu";
    private readonly IHost _host;

    private EmbeddedSilo(IHost host, string folder) => (_host, FolderPath) = (host, folder);

    /// <summary>The way in.</summary>
    public IPartiClient Client => _host.Services.GetRequiredService<IPartiClient>();

    /// <summary>The state folder, an absolute path.</summary>
    public string FolderPath { get; }

    /// <summary>Starts the silo and waits until it takes jobs. Models are loaded with the first job that needs them.</summary>
    /// <param name="options">What it is made of.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    /// <exception cref="SiloStartException">The state folder is taken, or there is no model.</exception>
    /// <exception cref="TorchStartException">libtorch cannot be used.</exception>
    /// <exception cref="EngineRequestException">No model is usable.</exception>
    public static async Task<EmbeddedSilo> StartAsync(EmbeddedSiloOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        EmbeddedSilo silo = new(Build(options), Path.GetFullPath(options.StateFolder ?? StateFolder.DefaultPath));
        try
        {
            LocalEngineHost engines = silo._host.Services.GetRequiredService<LocalEngineHost>();
            await silo._host.StartAsync(cancellationToken);
            await engines.WaitAsync(cancellationToken);
            return silo;
        }
        catch
        {
            await StartFaults.AbandonAsync(silo);
            throw;
        }
    }

    /// <summary>Stops the silo in order, then the engine, then gives the state folder back.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _host.StopAsync(CancellationToken.None);
        }
        finally
        {
            await ((IAsyncDisposable)_host).DisposeAsync();
        }
    }

    private static IHost Build(EmbeddedSiloOptions options)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new() { ApplicationName = "Parti" });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        options.Logging?.Invoke(builder.Logging);
        SiloSettings settings = new()
        {
            Roles = SiloRoles.Control | SiloRoles.Worker,
            Worker = new() { Devices = [Device] },
            Jobs = jobs => jobs.DrainBudget = TimeSpan.Zero,
        };
        builder.AddPartiSilo(settings.With(options), options.OpenEngine);
        builder.Services.AddSingleton<IHostLifetime, OwnedLifetime>();
        return builder.Build();
    }

    /// <summary>The program that embeds the silo answers Ctrl-C itself.</summary>
    private sealed class OwnedLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Parti.Client;
using Parti.Inference;
using Parti.Native;

namespace Parti.Silo;

/// <summary>
/// A cluster of one silo inside this process, on loopback ports of its own, over a state folder that no other process has.
/// Jobs that an earlier process left unfinished continue by themselves.
/// </summary>
public sealed class EmbeddedSilo : IAsyncDisposable
{
    /// <summary>The silo's name; fixed, so that a later process is the same worker.</summary>
    public const string SiloName = "local";

    private readonly IHost _host;
    private readonly StateFolder _folder;
    private readonly Task<IInferenceEngine>? _engine;
    private readonly ILoggerFactory _loggers;

    private EmbeddedSilo(IHost host, StateFolder folder, Task<IInferenceEngine>? engine, ILoggerFactory loggers) =>
        (_host, _folder, _engine, _loggers) = (host, folder, engine, loggers);

    /// <summary>The way in.</summary>
    public IPartiClient Client => _host.Services.GetRequiredService<IPartiClient>();

    /// <summary>The state folder, an absolute path.</summary>
    public string FolderPath => _folder.FolderPath;

    /// <summary>Starts the silo and waits until it takes jobs. Models are loaded with the first job that needs them.</summary>
    /// <param name="options">What it is made of.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    /// <exception cref="SiloStartException">The state folder is taken, or there is no model.</exception>
    /// <exception cref="TorchStartException">libtorch cannot be used.</exception>
    /// <exception cref="EngineRequestException">No model is usable.</exception>
    public static async Task<EmbeddedSilo> StartAsync(EmbeddedSiloOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        IReadOnlyList<string> models = options.HasDevice ? SiloParts.FindModels(options.ModelPaths) : [];
        StateFolder folder = StateFolder.Take(options.StateFolder);
        EmbeddedSilo? silo = null;
        try
        {
            // The engine logs as long as it lives, so its loggers end after it.
            ILoggerFactory loggers = LoggerFactory.Create(logging => SiloParts.ConfigureLogging(logging, options));
            Task<IInferenceEngine>? engine = options.HasDevice ? SiloParts.StartEngine(options, models, loggers) : null;
            silo = new(Build(options, folder, engine), folder, engine, loggers);
            Task started = silo._host.StartAsync(cancellationToken);
            _ = engine is null ? null : await engine.WaitAsync(cancellationToken);
            await started;
            return silo;
        }
        catch when (silo is not null)
        {
            await silo.AbandonAsync();
            throw;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Stops the silo in order, then the engine, then gives the state folder back.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _host.StopAsync(CancellationToken.None);
            _host.Dispose();
        }
        finally
        {
            await CloseEngineAsync();
            _loggers.Dispose();
            _folder.Dispose();
        }
    }

    private async Task AbandonAsync()
    {
        try
        {
            await DisposeAsync();
        }
        catch (Exception)
        {
            // Why the start failed says more than why a half-started silo cannot stop.
        }
    }

    private async Task CloseEngineAsync()
    {
        if (_engine is { IsCompletedSuccessfully: true })
        {
            await (await _engine).DisposeAsync();
        }
    }

    private static IHost Build(EmbeddedSiloOptions options, StateFolder folder, Task<IInferenceEngine>? engine)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new() { ApplicationName = "Parti" });
        SiloParts.ConfigureLogging(builder.Logging, options);
        builder.Services.AddSingleton<IHostLifetime, OwnedLifetime>();
        SiloParts.AddTo(builder, options, folder, engine);
        return builder.Build();
    }

    /// <summary>The program that embeds the silo answers Ctrl-C itself.</summary>
    private sealed class OwnedLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

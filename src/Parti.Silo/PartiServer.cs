using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Parti.Inference;
using Parti.Silo.Http;

namespace Parti.Silo;

/// <summary>A silo with its HTTP interface.</summary>
public sealed class PartiServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly StateFolder _folder;
    private readonly Task<IInferenceEngine>? _engine;
    private readonly ILoggerFactory _loggers;

    private PartiServer(WebApplication app, StateFolder folder, Task<IInferenceEngine>? engine, ILoggerFactory loggers) =>
        (_app, _folder, _engine, _loggers) = (app, folder, engine, loggers);

    /// <summary>Where it listens, with the port it really has.</summary>
    public Uri Url => new(_app.Urls.First());

    /// <summary>The state folder, an absolute path.</summary>
    public string FolderPath => _folder.FolderPath;

    /// <summary>The server's services.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Starts silo and web server, and waits until the engine of its device is there.</summary>
    /// <param name="options">What the silo is made of.</param>
    /// <param name="arguments">Configuration as on the command line, <c>--Parti:Http:Url=…</c>.</param>
    /// <param name="configure">Adds to the host before it is built; null for nothing.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    /// <exception cref="SiloStartException">A setting is wrong, the address or the state folder is taken, or there is no model.</exception>
    public static async Task<PartiServer> StartAsync(
        EmbeddedSiloOptions options, string[]? arguments = null, Action<WebApplicationBuilder>? configure = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        IReadOnlyList<string> models = options.HasDevice ? SiloParts.FindModels(options.ModelPaths) : [];
        StateFolder folder = StateFolder.Take(options.StateFolder);
        PartiServer? server = null;
        try
        {
            // The engine logs as long as it lives, so its loggers end after it.
            ILoggerFactory loggers = LoggerFactory.Create(logging => SiloParts.ConfigureLogging(logging, options));
            Task<IInferenceEngine>? engine = options.HasDevice ? SiloParts.StartEngine(options, models, loggers) : null;
            server = new(Build(options, arguments ?? [], configure, folder, engine), folder, engine, loggers);
            await server._app.StartAsync(cancellationToken);
            _ = engine is null ? null : await engine.WaitAsync(cancellationToken);
            return server;
        }
        catch (Exception error)
        {
            await AbandonAsync(server, folder);
            if (Explain(error) is { } reason)
            {
                throw new SiloStartException(reason, error);
            }

            throw;
        }
    }

    /// <summary>Returns when the process is asked to stop (SIGTERM, Ctrl-C) and the server has stopped in order.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken = default) => _app.WaitForShutdownAsync(cancellationToken);

    /// <summary>Stops the server in order, then the engine, then gives the state folder back.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _app.StopAsync(CancellationToken.None);
            await _app.DisposeAsync();
        }
        finally
        {
            if (_engine is { IsCompletedSuccessfully: true })
            {
                await (await _engine).DisposeAsync();
            }

            _loggers.Dispose();
            _folder.Dispose();
        }
    }

    private static WebApplication Build(
        EmbeddedSiloOptions options, string[] arguments, Action<WebApplicationBuilder>? configure, StateFolder folder, Task<IInferenceEngine>? engine)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(arguments);
        builder.Logging.ClearProviders();
        SiloParts.ConfigureLogging(builder.Logging, options);
        SiloParts.AddTo(builder, options, folder, engine);
        builder.Services.AddPartiHttp();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainBudget + TimeSpan.FromSeconds(20));
        builder.WebHost.UseUrls(builder.Configuration[$"{PartiHttpOptions.Section}:{nameof(PartiHttpOptions.Url)}"] ?? new PartiHttpOptions().Url);
        configure?.Invoke(builder);
        WebApplication app = builder.Build();
        app.MapPartiHttp();
        return app;
    }

    private static async Task AbandonAsync(PartiServer? server, StateFolder folder)
    {
        try
        {
            await (server?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
        catch (Exception)
        {
            // Why the start failed says more than why a half-started server cannot stop.
        }
        finally
        {
            folder.Dispose();
        }
    }

    private static string? Explain(Exception error)
    {
        if (error is OptionsValidationException options)
        {
            return string.Join(" ", options.Failures);
        }

        return error is IOException { InnerException: { } inner } && (inner as SocketException ?? inner.InnerException) is SocketException
            ? $"{error.Message.TrimEnd('.')}; name another address with {PartiHttpOptions.Section}:{nameof(PartiHttpOptions.Url)}."
            : null;
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Parti.Silo.Composition;
using Parti.Silo.Http;
using Parti.Silo.Http.Health;
using Parti.Silo.Http.Security;

namespace Parti.Silo;

/// <summary>A silo with its web server: the HTTP interface where it has the gateway role, the health probes anywhere.</summary>
public sealed class PartiServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private PartiServer(WebApplication app) => _app = app;

    /// <summary>Where it listens, with the port it really has.</summary>
    public Uri Url => new(_app.Urls.First());

    /// <summary>What it was configured by.</summary>
    public SiloSettings Settings => _app.Services.GetRequiredService<SiloSettings>();

    /// <summary>The devices it works with.</summary>
    public IReadOnlyList<string> Devices => _app.Services.GetRequiredService<LocalEngineHost>().Devices;

    /// <summary>The server's services.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Starts silo and web server, and waits until the engines of its devices are there.</summary>
    /// <param name="options">What goes before the configuration.</param>
    /// <param name="arguments">Configuration as on the command line, <c>--Parti:Http:Url=…</c>.</param>
    /// <param name="configure">Adds to the host before it is built; null for nothing.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    /// <exception cref="SiloStartException">A setting is wrong, an address or the state folder is taken, a server does not answer, or there is no model.</exception>
    public static async Task<PartiServer> StartAsync(
        EmbeddedSiloOptions options, string[]? arguments = null, Action<WebApplicationBuilder>? configure = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        PartiServer? server = null;
        try
        {
            server = new(Build(options, arguments ?? [], configure));
            LocalEngineHost engines = server.Services.GetRequiredService<LocalEngineHost>();
            await server._app.StartAsync(cancellationToken);
            await engines.WaitAsync(cancellationToken);
            await server.Services.GetRequiredService<LocalShardHost>().WaitAsync(cancellationToken);
            return server;
        }
        catch (Exception error)
        {
            if (server is not null)
            {
                await StartFaults.AbandonAsync(server);
            }

            cancellationToken.ThrowIfCancellationRequested();
            throw error as SiloStartException ?? new SiloStartException(StartFaults.OneLine(error), error);
        }
    }

    /// <summary>Returns when the process is asked to stop (SIGTERM, Ctrl-C) and the server has stopped in order.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken = default) => _app.WaitForShutdownAsync(cancellationToken);

    /// <summary>Stops the server in order, then the engines, then gives the state folder back.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            // Who waited for the shutdown has stopped it already; a second time would drain workers of a silo that is gone.
            if (!_app.Lifetime.ApplicationStopped.IsCancellationRequested)
            {
                await _app.StopAsync(CancellationToken.None);
            }
        }
        finally
        {
            await _app.DisposeAsync();
        }
    }

    private static WebApplication Build(EmbeddedSiloOptions options, string[] arguments, Action<WebApplicationBuilder>? configure)
    {
        // The settings file lies beside the program, from wherever that is started.
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = arguments, ContentRootPath = AppContext.BaseDirectory });
        SiloSettings settings = SiloSettings.Read(builder.Configuration).With(options);
        builder.Logging.ClearProviders();
        options.Logging?.Invoke(builder.Logging);
        builder.AddPartiSilo(settings, options.OpenEngine);
        builder.Services.AddPartiHttp();
        builder.Services.Configure<HttpSecurityOptions>(security => security.OnlyProbes = !settings.Roles.HasFlag(SiloRoles.Gateway));
        builder.WebHost.UseUrls(builder.Configuration[$"{PartiHttpOptions.Section}:{nameof(PartiHttpOptions.Url)}"] ?? new PartiHttpOptions().Url);
        configure?.Invoke(builder);
        WebApplication app = builder.Build();
        if (settings.Roles.HasFlag(SiloRoles.Gateway))
        {
            app.MapPartiHttp();
        }
        else
        {
            HealthRoutes.Map(app);
        }

        return app;
    }
}

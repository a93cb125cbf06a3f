using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Parti.Client;
using Parti.Grains;
using Parti.Grains.Imaging;
using Parti.Grains.Shards;
using Parti.Grains.Workers;
using Parti.Inference;
using Parti.Inference.Sharding;

namespace Parti.Silo.Composition;

/// <summary>Puts a silo into a host, be it a web host or one embedded in another program.</summary>
public static class PartiSiloExtensions
{
    // Beyond the drain: handing work over, leaving the cluster, closing engines.
    private static readonly TimeSpan StopAllowance = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Adds the silo with its roles, stores, devices and <see cref="IPartiClient"/>. What goes wrong at start comes out of the host's
    /// <c>StartAsync</c> as a <see cref="SiloStartException"/>.
    /// </summary>
    /// <param name="builder">The host.</param>
    /// <param name="settings">From <see cref="SiloSettings.Read"/>.</param>
    /// <param name="openEngine">Makes a device's engine; null for <see cref="ProductEngine.Open"/>.</param>
    /// <exception cref="SiloStartException">A connection string cannot be read.</exception>
    public static IHostApplicationBuilder AddPartiSilo(
        this IHostApplicationBuilder builder, SiloSettings settings, Func<EngineOptions, ILogger, IInferenceEngine>? openEngine = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(settings);
        IServiceCollection services = builder.Services;
        ServiceConnections connections = new();
        services.AddSingleton(settings);

        // Before all others, which take the clock that is there.
        services.TryAddSingleton<TimeProvider>(new ForwardTimeProvider());
        services.AddSingleton(_ => connections);
        services.AddResults(settings.Storage, settings.State);
        services.AddSingleton<SiloPreparation>();
        services.AddSingleton(provider => new LocalEngineHost(settings, openEngine ?? ProductEngine.Open, provider.GetRequiredService<IShardLinks>(), provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton(provider => new LocalShardHost(settings, provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<ILocalShards>(provider => provider.GetRequiredService<LocalShardHost>());
        services.AddSingleton<ILocalEngines>(provider => provider.GetRequiredService<LocalEngineHost>());
        services.AddSingleton<IModelRegistry>(_ => new SiloModels(settings));
        services.AddSingleton<IPictureEncoder, SkiaPictureEncoder>();
        services.AddPartiOrleansClient();

        // Hosted services start in this order and stop in the reverse one: the silo first to stop, the engines after it.
        services.AddHostedService(provider => provider.GetRequiredService<SiloPreparation>());
        services.AddHostedService(provider => provider.GetRequiredService<LocalEngineHost>());
        services.AddHostedService(provider => provider.GetRequiredService<LocalShardHost>());
        builder.UseOrleans(silo => silo.AddParti(settings, connections));
        return builder;
    }

    private static void AddParti(this ISiloBuilder silo, SiloSettings settings, ServiceConnections connections)
    {
        // Workers come and go; who depends on a connection should not depend on theirs.
        silo.AddCluster(settings.Cluster, settings.Roles != SiloRoles.Worker, connections);
        silo.AddState(settings.State, connections);
        PartiGrainsOptions options = new();
        settings.Jobs(options);
        silo.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainBudget + StopAllowance);
        silo.AddPartiGrains(grains =>
        {
            settings.Jobs(grains);
            grains.Stages = settings.Worker.Stages;
        });
        if (!settings.Roles.HasFlag(SiloRoles.Control))
        {
            silo.WithoutControlGrains();
        }
    }
}

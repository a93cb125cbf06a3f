using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Parti.Abstractions;

namespace Parti.Client;

/// <summary>Registers the client.</summary>
public static class OrleansPartiClientExtensions
{
    private const string DefaultCluster = "parti";
    private static readonly TimeSpan GatewayListAge = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Makes the host a client of a cluster, with <see cref="IPartiClient"/>. Calls that meet a silo's death are made again elsewhere within
    /// seconds. The host also registers an <see cref="IResultReader"/>.
    /// </summary>
    /// <param name="builder">The host.</param>
    /// <param name="cluster">Says where the cluster's list of silos is, and its ids where they are not <c>parti</c>.</param>
    /// <param name="configure">Settings; null for the defaults.</param>
    /// <exception cref="ArgumentException">A setting is not allowed.</exception>
    public static IHostApplicationBuilder UsePartiClient(this IHostApplicationBuilder builder, Action<IClientBuilder> cluster, Action<OrleansPartiClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(cluster);
        OrleansPartiClientOptions options = Read(configure);
        builder.UseOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(ids => (ids.ClusterId, ids.ServiceId) = (DefaultCluster, DefaultCluster));
            client.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = options.ResponseTimeout);
            client.Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = GatewayListAge);
            cluster(client);
        });
        builder.Services.AddPartiOrleansClient(configure);
        return builder;
    }

    /// <summary>
    /// Adds <see cref="IPartiClient"/> over the <see cref="IGrainFactory"/> of a silo or a cluster client. The host also
    /// registers an <see cref="IResultReader"/>.
    /// </summary>
    /// <exception cref="ArgumentException">A setting is not allowed.</exception>
    public static IServiceCollection AddPartiOrleansClient(this IServiceCollection services, Action<OrleansPartiClientOptions>? configure = null)
    {
        OrleansPartiClientOptions options = Read(configure);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IPartiClient>(provider => new OrleansPartiClient(
            provider.GetRequiredService<IGrainFactory>(), provider.GetRequiredService<IResultReader>(), provider.GetRequiredService<TimeProvider>(), options));
        return services;
    }

    private static OrleansPartiClientOptions Read(Action<OrleansPartiClientOptions>? configure)
    {
        OrleansPartiClientOptions options = new();
        configure?.Invoke(options);
        options.Validate(nameof(configure));
        return options;
    }
}

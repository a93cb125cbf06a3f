using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;
using Orleans.Configuration;
using Orleans.Metadata;
using Orleans.Placement;
using Orleans.Runtime.Hosting;
using Parti.Abstractions;
using Parti.Grains.Placement;
using Parti.Grains.Shards;
using Parti.Grains.Storage;
using Parti.Grains.Webhooks;
using Parti.Grains.Workers;
using Parti.Inference.Sharding;
using StackExchange.Redis;

namespace Parti.Grains;

/// <summary>Puts jobs, queues and workers into a silo.</summary>
public static class PartiGrainsExtensions
{
    /// <summary>
    /// Adds the grains and what they need. The host still registers <see cref="ILocalEngines"/> (which devices this silo has),
    /// <see cref="Imaging.IPictureEncoder"/>, a result store and the grain storage named
    /// <see cref="PartiGrainsOptions.StorageName"/>.
    /// </summary>
    public static ISiloBuilder AddPartiGrains(this ISiloBuilder builder, Action<PartiGrainsOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddOptions<PartiGrainsOptions>().Configure(configure ?? (_ => { })).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<PartiGrainsOptions>, PartiGrainsOptionsValidator>();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<IModelRegistry, EngineModelRegistry>();
        builder.Services.TryAddSingleton<ILocalShards>(_ => new LocalShards());
        builder.Services.AddSingleton<ShardClaims>();
        builder.Services.AddSingleton<IShardLinks>(provider => provider.GetRequiredService<ShardClaims>());
        builder.Services.AddOptions<WebhookOptions>().ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<WebhookOptions>, WebhookOptionsValidator>();
        builder.Services.TryAddSingleton<IWebhookSender, HttpWebhookSender>();
        builder.Services.AddSingleton<LocalDrains>();
        builder.Services.AddSingleton<SiloDeaths>();
        builder.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<SiloDeaths>());
        builder.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, PartiSiloLifecycle>();
        builder.Services.AddPlacementFilter<ControlPlacementFilter, ControlPlacementFilterDirector>(ServiceLifetime.Singleton);
        return builder.AddPlacementDirector<DevicePlacement, DevicePlacementDirector>();
    }

    /// <summary>Keeps jobs, queues and the catalog off this silo; they live on the others.</summary>
    public static ISiloBuilder WithoutControlGrains(this ISiloBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<IGrainPropertiesProvider, NoControlGrains>();
        return builder;
    }

    /// <summary>Keeps jobs and the catalog as files below a folder.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="folder">The folder; made when first written to.</param>
    public static ISiloBuilder AddFileGrainStorage(this ISiloBuilder builder, string folder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddGrainStorage(PartiGrainsOptions.StorageName, (_, _) => new FileGrainStorage(folder));
        return builder;
    }

    /// <summary>Keeps jobs and the catalog in Redis.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="connect">Gives the connection; the caller owns it.</param>
    public static ISiloBuilder AddRedisGrainStorage(this ISiloBuilder builder, Func<Task<IConnectionMultiplexer>> connect)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddRedisGrainStorage(PartiGrainsOptions.StorageName, options =>
        {
            options.ConfigurationOptions = new();
            options.CreateMultiplexer = async _ => (await connect(), true);
            options.GrainStorageSerializer = new StateSerializer();

            // ETags are random, so a record written anew cannot be mistaken for the one before.
            options.DeleteStateOnClear = true;
        });
    }

    /// <summary>Keeps jobs and the catalog in PostgreSQL, in the table that <see cref="PostgresGrainStorage.CreateTableAsync"/> makes.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="source">The database; the caller owns it.</param>
    public static ISiloBuilder AddPostgresGrainStorage(this ISiloBuilder builder, NpgsqlDataSource source)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddGrainStorage(PartiGrainsOptions.StorageName, (services, _) =>
            new PostgresGrainStorage(source, services.GetRequiredService<IOptions<ClusterOptions>>().Value.ServiceId));
        return builder;
    }

    /// <summary>Keeps pictures as files below a folder.</summary>
    /// <param name="services">The services.</param>
    /// <param name="folder">The folder; made when first written to.</param>
    public static IServiceCollection AddFileResultStore(this IServiceCollection services, string folder)
    {
        services.AddSingleton<IResultStore>(provider => new FileResultStore(folder, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IResultReader>(provider => provider.GetRequiredService<IResultStore>());
        return services;
    }

    /// <summary>Keeps pictures as blobs of a container.</summary>
    /// <param name="services">The services.</param>
    /// <param name="container">The container.</param>
    public static IServiceCollection AddAzureResultStore(this IServiceCollection services, BlobContainerClient container)
    {
        services.AddSingleton(provider => new AzureResultStore(container, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IResultStore>(provider => provider.GetRequiredService<AzureResultStore>());
        services.AddSingleton<IResultReader>(provider => provider.GetRequiredService<AzureResultStore>());
        services.AddSingleton<IResultLinks>(provider => provider.GetRequiredService<AzureResultStore>());
        return services;
    }
}

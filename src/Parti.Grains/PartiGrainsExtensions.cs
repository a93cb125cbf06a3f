using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Runtime.Hosting;
using Parti.Abstractions;
using Parti.Grains.Placement;
using Parti.Grains.Storage;
using Parti.Grains.Workers;

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
        builder.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, PartiSiloLifecycle>();
        return builder.AddPlacementDirector<DevicePlacement, DevicePlacementDirector>();
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

    /// <summary>Keeps pictures as files below a folder.</summary>
    /// <param name="services">The services.</param>
    /// <param name="folder">The folder; made when first written to.</param>
    public static IServiceCollection AddFileResultStore(this IServiceCollection services, string folder)
    {
        services.AddSingleton<IResultStore>(provider => new FileResultStore(folder, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IResultReader>(provider => provider.GetRequiredService<IResultStore>());
        return services;
    }
}

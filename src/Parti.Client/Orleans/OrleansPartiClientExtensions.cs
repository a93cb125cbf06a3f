using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Parti.Abstractions;

namespace Parti.Client;

/// <summary>Settings of the Orleans client.</summary>
public sealed class OrleansPartiClientOptions
{
    /// <summary>Whose jobs this client sees and makes. Default <see cref="JobKey.DefaultTenant"/>.</summary>
    public string Tenant { get; set; } = JobKey.DefaultTenant;
}

/// <summary>Registers the client.</summary>
public static class OrleansPartiClientExtensions
{
    /// <summary>
    /// Adds <see cref="IPartiClient"/> over the <see cref="IGrainFactory"/> of a silo or a cluster client. The host also
    /// registers an <see cref="IResultReader"/>.
    /// </summary>
    public static IServiceCollection AddPartiOrleansClient(this IServiceCollection services, Action<OrleansPartiClientOptions>? configure = null)
    {
        OrleansPartiClientOptions options = new();
        configure?.Invoke(options);
        if (!JobKey.IsValidPart(options.Tenant))
        {
            throw new ArgumentException($"{nameof(OrleansPartiClientOptions)}.{nameof(options.Tenant)} is \"{options.Tenant}\", allowed are 1 to 64 lower-case letters, digits and dashes.", nameof(configure));
        }

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IPartiClient>(provider => new OrleansPartiClient(
            provider.GetRequiredService<IGrainFactory>(), provider.GetRequiredService<IResultReader>(), provider.GetRequiredService<TimeProvider>(), options));
        return services;
    }
}

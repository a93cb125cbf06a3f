using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Parti.Client;

/// <summary>Registers the client that talks HTTP.</summary>
public static class PartiClientExtensions
{
    /// <summary>Adds <see cref="IPartiClient"/> over HTTP, for any program; it shares one set of connections.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the server's address and the key; null for a server on this machine.</param>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public static IServiceCollection AddPartiClient(this IServiceCollection services, Action<PartiClientOptions>? configure = null)
    {
        PartiClientOptions options = new();
        configure?.Invoke(options);
        options.Validate();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IPartiClient>(provider => new HttpPartiClient(options, provider.GetRequiredService<TimeProvider>()));
        return services;
    }
}

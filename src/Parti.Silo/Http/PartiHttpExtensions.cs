using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Parti.Silo.Http.Health;
using Parti.Silo.Http.Tenants;

namespace Parti.Silo.Http;

/// <summary>Puts the HTTP interface into a host.</summary>
public static class PartiHttpExtensions
{
    /// <summary>Adds what the routes need. The host also registers the silo or a cluster client.</summary>
    public static IServiceCollection AddPartiHttp(this IServiceCollection services)
    {
        services.AddOptions<PartiHttpOptions>().BindConfiguration(PartiHttpOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<PartiHttpOptions>, PartiHttpOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ITenantOf, ClaimedTenant>();
        services.AddSingleton<TenantClients>();
        services.AddSingleton<Readiness>();
        return services;
    }

    /// <summary>Maps every route.</summary>
    public static WebApplication MapPartiHttp(this WebApplication app)
    {
        HealthRoutes.Map(app);
        return app;
    }
}

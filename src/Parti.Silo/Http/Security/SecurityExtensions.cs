using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Parti.Silo.Http.Security;

/// <summary>Puts keys, scopes, limits and headers in front of the routes.</summary>
internal static class SecurityExtensions
{
    /// <summary>Adds what they need.</summary>
    internal static IServiceCollection AddPartiSecurity(this IServiceCollection services)
    {
        services.AddOptions<HttpSecurityOptions>().BindConfiguration(PartiHttpOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<HttpSecurityOptions>, HttpSecurityOptionsValidator>();
        services.AddSingleton<Callers>();
        services.AddSingleton<PixelQuota>();
        services.AddSingleton<ImageQuota>();
        services.AddSingleton<FullQueues>();
        services.AddSingleton<OrderRules>();
        services.AddAuthentication(ApiKeyHandler.Scheme).AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.Scheme, null);
        services.AddSingleton<IAuthorizationHandler, ScopeHandler>();

        // For every route that says nothing of its own: a new one is closed until somebody opens it.
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().AddRequirements(new ScopeRequirement()).Build());
        services.AddRateLimiter(_ => { });
        services.AddSingleton<IConfigureOptions<RateLimiterOptions>, RateLimits>();
        services.Configure<KestrelServerOptions>(kestrel => kestrel.AddServerHeader = false);
        return services;
    }

    /// <summary>Puts them in front of every route mapped.</summary>
    internal static WebApplication UsePartiSecurity(this WebApplication app)
    {
        app.UseMiddleware<SecurityHeaders>();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
        return app;
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Parti.Grains.Webhooks;
using Parti.Silo.Http.Cluster;
using Parti.Silo.Http.Health;
using Parti.Silo.Http.Jobs;
using Parti.Silo.Http.OpenAi;
using Parti.Silo.Http.Problems;
using Parti.Silo.Http.Reference;
using Parti.Silo.Http.Security;
using Parti.Silo.Http.Tenants;

namespace Parti.Silo.Http;

/// <summary>Puts the HTTP interface into a host.</summary>
public static class PartiHttpExtensions
{
    private const string ApiPath = "/api";

    /// <summary>Adds what the routes need. The host also registers the silo or a cluster client.</summary>
    public static IServiceCollection AddPartiHttp(this IServiceCollection services)
    {
        services.AddOptions<PartiHttpOptions>().BindConfiguration(PartiHttpOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<PartiHttpOptions>, PartiHttpOptionsValidator>();
        services.AddOptions<WebhookOptions>().BindConfiguration(WebhookOptions.Section);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ITenantOf, ClaimedTenant>();
        services.AddSingleton<TenantClients>();
        services.AddSingleton<Readiness>();
        services.AddHostedService<DrainOnStop>();
        services.AddProblemDetails(options => options.CustomizeProblemDetails = ProblemAnswers.Complete);
        services.AddApiReference();
        services.AddPartiMetrics();
        services.AddSingleton<PictureConversions>();
        services.AddSingleton<WorkerDrains>();
        services.AddSingleton<JobRoutes>();
        services.AddSingleton<ImageRoutes>();
        services.AddSingleton<AttentionRoute>();
        services.AddSingleton<WorkerRoutes>();
        services.AddSingleton<PoolRoutes>();
        return services.AddPartiSecurity().AddPartiOpenAi();
    }

    /// <summary>Maps every route.</summary>
    public static WebApplication MapPartiHttp(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UsePartiSecurity();
        app.UseWhen(context => context.Request.Path.StartsWithSegments(ApiPath), api => api.UseStatusCodePages(
            context => ProblemAnswers.Of(context.HttpContext.Response.StatusCode).ExecuteAsync(context.HttpContext)));
        HealthRoutes.Map(app);
        MapApi(app);
        app.MapPartiOpenAi();
        app.MapApiReference();
        app.MapPrometheusScrapingEndpoint("/metrics");
        return app;
    }

    private static void MapApi(WebApplication app)
    {
        RouteGroupBuilder api = app.MapGroup(ApiPath).AddEndpointFilter(new ProblemFilter());
        app.Services.GetRequiredService<JobRoutes>().Map(api);
        app.Services.GetRequiredService<ImageRoutes>().Map(api);
        app.Services.GetRequiredService<WorkerRoutes>().Map(api);
        app.Services.GetRequiredService<PoolRoutes>().Map(api);
    }
}

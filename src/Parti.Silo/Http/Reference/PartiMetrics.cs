using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;

namespace Parti.Silo.Http.Reference;

/// <summary>Measurements as Prometheus text at <c>/metrics</c>: this project's own, the actor runtime's, the web server's and the process's.</summary>
internal static class PartiMetrics
{
    private static readonly string[] Meters =
        ["Parti.*", "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Diagnostics", "System.Runtime"];

    /// <summary>Collects the measurements.</summary>
    internal static IServiceCollection AddPartiMetrics(this IServiceCollection services)
    {
        services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(Meters).AddPrometheusExporter());
        return services;
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Parti.Silo.Http.Health;

/// <summary>The probes of an orchestrator: short plain text, 200 or 503.</summary>
internal static class HealthRoutes
{
    /// <summary>Maps <c>/health/live</c>, <c>/health/startup</c> and <c>/health/ready</c>.</summary>
    internal static void Map(IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup("/health").WithTags("Health").AllowAnonymous();
        group.MapGet("/live", () => Results.Text("alive")).WithSummary("Whether the process answers.");
        group.MapGet("/startup", (Readiness readiness) => Answer(readiness.HasStarted ? null : "The silo is starting.")).WithSummary("Whether the silo has started.");
        group.MapGet("/ready", (Readiness readiness) => Answer(readiness.NotReadyReason)).WithSummary("Whether requests should come here; no while models load and while the silo drains.");
    }

    private static IResult Answer(string? reason) =>
        Results.Text(reason ?? "ok", statusCode: reason is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
}

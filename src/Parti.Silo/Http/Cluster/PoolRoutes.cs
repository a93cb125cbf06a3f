using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parti.Abstractions;
using Parti.Client;
using Parti.Silo.Http.Problems;
using Parti.Silo.Http.Tenants;

namespace Parti.Silo.Http.Cluster;

/// <summary>The pools: what waits, in items and in seconds; and letting one rest.</summary>
/// <param name="clients">The way to the cluster.</param>
internal sealed class PoolRoutes(TenantClients clients)
{
    /// <summary>Maps <c>/api/pools</c>.</summary>
    /// <param name="api">The group <c>/api</c>.</param>
    internal void Map(RouteGroupBuilder api)
    {
        RouteGroupBuilder pools = api.MapGroup("/pools").WithTags("Cluster");
        pools.MapGet("", ListAsync).Produces<PoolList>().WithSummary("The pool of each model and stage: backlog in items and in seconds, and rates.");
        pools.MapPost("/{model}/{stage}/pause", (HttpContext context, string model, string stage, CancellationToken cancellationToken) =>
                CommandAsync(context, stage, word => clients.For(context).PausePoolAsync(model, word, cancellationToken)))
            .Produces<PoolSnapshot>().ProducesProblem(404).WithSummary("Give nothing more to workers until resumed; what runs goes on.");
        pools.MapPost("/{model}/{stage}/resume", (HttpContext context, string model, string stage, CancellationToken cancellationToken) =>
                CommandAsync(context, stage, word => clients.For(context).ResumePoolAsync(model, word, cancellationToken)))
            .Produces<PoolSnapshot>().ProducesProblem(404).WithSummary("Give items to workers again.");
    }

    private async Task<IResult> ListAsync(HttpContext context, CancellationToken cancellationToken)
    {
        _ = new QueryParameters(context.Request);
        return Results.Json(new PoolList(await clients.For(context).ListPoolsAsync(cancellationToken)), PartiJson.Default.PoolList);
    }

    private static async Task<IResult> CommandAsync(HttpContext context, string stage, Func<Stage, Task<PoolSnapshot>> command)
    {
        _ = new QueryParameters(context.Request);
        if (!Words.TryParse(stage, out Stage word))
        {
            throw ProblemAnswers.Parameter("stage", $"stage is none of {Words.Of<Stage>()}.");
        }

        try
        {
            return Results.Json(await command(word), PartiJson.Default.PoolSnapshot);
        }
        catch (InvalidRequestException missing)
        {
            return ProblemAnswers.Of(StatusCodes.Status404NotFound, "pool_not_found", missing.Message);
        }
    }
}

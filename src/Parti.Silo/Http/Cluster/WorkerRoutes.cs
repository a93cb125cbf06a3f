using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parti.Abstractions;
using Parti.Silo.Http.Problems;

namespace Parti.Silo.Http.Cluster;

/// <summary>The devices of the cluster: what each does, and letting one go.</summary>
/// <param name="grains">The cluster.</param>
/// <param name="drains">Carries drains through after the answer.</param>
internal sealed class WorkerRoutes(IGrainFactory grains, WorkerDrains drains)
{
    /// <summary>Maps <c>/api/workers</c>.</summary>
    /// <param name="api">The group <c>/api</c>.</param>
    internal void Map(RouteGroupBuilder api)
    {
        RouteGroupBuilder workers = api.MapGroup("/workers").WithTags("Cluster");
        workers.MapGet("", ListAsync).Produces<WorkerList>().WithSummary("The living workers, by id.");
        workers.MapPost("/{id}/drain", DrainAsync).Produces<WorkerSnapshot>(StatusCodes.Status202Accepted).ProducesProblem(404)
            .WithSummary("Let a worker finish or hand over what it has and take nothing new.");
    }

    private async Task<IResult> ListAsync(HttpContext context, CancellationToken cancellationToken)
    {
        _ = new QueryParameters(context.Request);
        return Results.Json(new WorkerList(await WorkersAsync(cancellationToken)), PartiJson.Default.WorkerList);
    }

    private async Task<IResult> DrainAsync(HttpContext context, string id, CancellationToken cancellationToken)
    {
        _ = new QueryParameters(context.Request);
        IReadOnlyList<WorkerSnapshot> workers = await WorkersAsync(cancellationToken);
        if (workers.FirstOrDefault(candidate => candidate.Id == id) is not { } worker)
        {
            string known = workers.Count == 0 ? "there is none" : "there are " + string.Join(", ", workers.Select(candidate => candidate.Id));
            return ProblemAnswers.Of(StatusCodes.Status404NotFound, "worker_not_found", $"There is no worker of that id; {known}.");
        }

        // A drain may take longer than a caller waits: the list of workers shows how far it is.
        drains.Begin(grains.GetGrain<IWorkerGrain>(id), id);
        return Results.Json(worker with { Draining = true }, PartiJson.Default.WorkerSnapshot, statusCode: StatusCodes.Status202Accepted);
    }

    private Task<IReadOnlyList<WorkerSnapshot>> WorkersAsync(CancellationToken cancellationToken) =>
        grains.GetGrain<IWorkerDirectoryGrain>(0).ListAsync().WaitAsync(cancellationToken);
}

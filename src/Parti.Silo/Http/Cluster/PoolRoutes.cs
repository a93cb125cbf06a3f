using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parti.Abstractions;
using Parti.Grains.Workers;

namespace Parti.Silo.Http.Cluster;

/// <summary>The stage queues: what waits, in items and in seconds.</summary>
/// <param name="grains">The cluster.</param>
/// <param name="models">The models that jobs may name.</param>
internal sealed class PoolRoutes(IGrainFactory grains, IModelRegistry models)
{
    private static readonly Stage[] Stages = [Stage.Encode, Stage.Sample, Stage.Detokenize, Stage.Upscale];

    /// <summary>Maps <c>/api/pools</c>.</summary>
    /// <param name="api">The group <c>/api</c>.</param>
    internal void Map(RouteGroupBuilder api) =>
        api.MapGet("/pools", ListAsync).WithTags("Cluster").Produces<PoolList>().WithSummary("The queue of each model and stage: backlog in items and in seconds.");

    private async Task<IResult> ListAsync(HttpContext context, CancellationToken cancellationToken)
    {
        _ = new QueryParameters(context.Request);
        QueueSnapshot[] pools = await Task.WhenAll((await models.GetModelsAsync(cancellationToken))
            .SelectMany(model => Stages, (model, stage) => grains.GetGrain<IStageQueueGrain>(StageQueueKey.For(model.Name, stage)).DescribeAsync()));
        return Results.Json(new PoolList(pools), PartiJson.Default.PoolList);
    }
}

using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Parti.Abstractions;
using Parti.Client;
using Parti.Grains;
using Parti.Grains.Jobs;
using Parti.Grains.Queues;
using Parti.Grains.Workers;
using Parti.Inference;

namespace Parti.Silo.Http.Security;

/// <summary>What a request orders.</summary>
/// <param name="Model">The model that it will be given.</param>
/// <param name="Images">Images to sample, candidates included.</param>
/// <param name="Pixels">Pixels of all of them.</param>
internal sealed record Order(string Model, int Images, long Pixels);

/// <summary>What an order meets before a job is made of it: the caller's quota, and what is known of full queues.</summary>
/// <param name="quota">Pixels that callers may order.</param>
/// <param name="images">Images that callers may have under way.</param>
/// <param name="full">Queues that were full a moment ago.</param>
/// <param name="models">Knows how large a picture is where the request does not say.</param>
/// <param name="options">How many partitions a queue has.</param>
/// <param name="time">The clock.</param>
internal sealed class OrderRules(PixelQuota quota, ImageQuota images, FullQueues full, IModelRegistry models, IOptions<PartiGrainsOptions> options, TimeProvider time)
{
    /// <summary>An id for a job that has none.</summary>
    internal string NewId() => JobKey.NewId(time);

    /// <summary>What a request orders; null where it has problems, for then it is refused anyway, with better reasons, and costs nothing.</summary>
    internal async Task<Order?> ReadAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        IReadOnlyList<ModelDescription> served = await models.GetModelsAsync(cancellationToken);
        if (GenerationRequestValidator.Validate(request, ParameterResolver.LimitsOf(served)).Count > 0)
        {
            return null;
        }

        ModelDescription model = request.Model is null ? served[0] : served.First(model => model.Name == request.Model);
        long edge = ParameterResolver.SizeOf(request.Size, model);
        return new(model.Name, request.Candidates, request.Candidates * edge * edge);
    }

    /// <summary>Refuses a new job whose queue was full a moment ago.</summary>
    /// <exception cref="PartiBusyException">It was.</exception>
    internal void RefuseWhereFull(JobKey job, Order? order)
    {
        if (order is not null)
        {
            full.Check(order.Model, PartitionOf(job), order.Images);
        }
    }

    /// <summary>Takes an order's images and pixels from what the caller may have.</summary>
    /// <exception cref="InvalidRequestException">There is never so much; nothing was taken.</exception>
    /// <exception cref="QuotaExceededException">There is not enough of it; nothing was taken.</exception>
    internal async Task ChargeAsync(HttpContext context, JobKey job, Order? order)
    {
        if (order is null)
        {
            return;
        }

        await images.TakeAsync(context, job, order.Images);
        try
        {
            Charge(context, order);
        }
        catch (PartiException)
        {
            images.GiveBack(context, job);
            throw;
        }
    }

    /// <summary>The order has become a job.</summary>
    internal void Accepted(HttpContext context, JobKey job) => images.Keep(context, job);

    /// <summary>The order is through: what did not become a job gives its images back.</summary>
    internal void Close(HttpContext context, JobKey job) => images.GiveBack(context, job);

    /// <summary>Takes the order's pixels from the caller's quota.</summary>
    /// <exception cref="InvalidRequestException">There is never so much.</exception>
    /// <exception cref="QuotaExceededException">There is not enough of it.</exception>
    internal void Charge(HttpContext context, Order? order)
    {
        if (order is not null)
        {
            quota.Take(context, order.Pixels);
        }
    }

    /// <summary>The queue was full: the caller has its pixels back, and others need not ask for a moment.</summary>
    internal void Refused(HttpContext context, JobKey job, Order? order, TimeSpan retryAfter)
    {
        if (order is not null)
        {
            quota.GiveBack(context, order.Pixels);
            full.Note(order.Model, PartitionOf(job), order.Images, retryAfter);
        }
    }

    private int PartitionOf(JobKey job) => QueuePartition.Of(job, options.Value.QueuePartitions);
}

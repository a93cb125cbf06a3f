using Microsoft.AspNetCore.Http;
using Parti.Abstractions;
using Parti.Client;

namespace Parti.Silo.Http.Security;

/// <summary>A client that counts what its caller orders, and spares a full queue the asking; everything else is the inner client's.</summary>
/// <param name="inner">The client of the caller's tenant.</param>
/// <param name="tenant">The tenant.</param>
/// <param name="context">The request, which says who the caller is.</param>
/// <param name="orders">What every caller's orders meet.</param>
internal sealed class MeteredClient(IPartiClient inner, string tenant, HttpContext context, OrderRules orders) : IPartiClient
{
    /// <inheritdoc/>
    public async Task<GenerationResult> GenerateAsync(string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        Order? order = await orders.ReadAsync((options ?? new()).ToRequest(prompt), cancellationToken);
        orders.Charge(context, order);
        return await inner.GenerateAsync(prompt, options, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<JobHandle> SubmitAsync(GenerationRequest request, string? jobId = null, CancellationToken cancellationToken = default)
    {
        Order? order = await orders.ReadAsync(request, cancellationToken);
        JobKey key = new(tenant, jobId ?? orders.NewId());
        if (jobId is null)
        {
            // A job that has a name may be there already: only its grain knows.
            orders.RefuseWhereFull(key, order);
        }

        await orders.ChargeAsync(context, key, order);
        try
        {
            JobHandle job = await inner.SubmitAsync(request, key.Id, cancellationToken);
            orders.Accepted(context, key);
            return job;
        }
        catch (PartiBusyException busy)
        {
            orders.Refused(context, key, order, busy.RetryAfter);
            throw;
        }
        finally
        {
            orders.Close(context, key);
        }
    }

    /// <inheritdoc/>
    public JobHandle GetJob(string id) => inner.GetJob(id);

    /// <inheritdoc/>
    public Task<JobPage> ListJobsAsync(JobQuery? query = null, CancellationToken cancellationToken = default) => inner.ListJobsAsync(query, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<WorkerSnapshot>> ListWorkersAsync(CancellationToken cancellationToken = default) => inner.ListWorkersAsync(cancellationToken);

    /// <inheritdoc/>
    public Task DrainWorkerAsync(string id, CancellationToken cancellationToken = default) => inner.DrainWorkerAsync(id, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<PoolSnapshot>> ListPoolsAsync(CancellationToken cancellationToken = default) => inner.ListPoolsAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<PoolSnapshot> PausePoolAsync(string model, Stage stage, CancellationToken cancellationToken = default) => inner.PausePoolAsync(model, stage, cancellationToken);

    /// <inheritdoc/>
    public Task<PoolSnapshot> ResumePoolAsync(string model, Stage stage, CancellationToken cancellationToken = default) => inner.ResumePoolAsync(model, stage, cancellationToken);
}

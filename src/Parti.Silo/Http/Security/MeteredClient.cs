using Microsoft.AspNetCore.Http;
using Parti.Abstractions;
using Parti.Client;
using Parti.Grains.Jobs;
using Parti.Grains.Workers;
using Parti.Inference;

namespace Parti.Silo.Http.Security;

/// <summary>A client that counts what its caller orders; everything else is the inner client's.</summary>
/// <param name="inner">The client of the caller's tenant.</param>
/// <param name="context">The request, which says who the caller is.</param>
/// <param name="quota">What the caller may order.</param>
/// <param name="models">Knows how large a picture is where the request does not say.</param>
internal sealed class MeteredClient(IPartiClient inner, HttpContext context, PixelQuota quota, IModelRegistry models) : IPartiClient
{
    /// <inheritdoc/>
    public async Task<GenerationResult> GenerateAsync(string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        await TakeAsync((options ?? new()).ToRequest(prompt), cancellationToken);
        return await inner.GenerateAsync(prompt, options, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<JobHandle> SubmitAsync(GenerationRequest request, string? jobId = null, CancellationToken cancellationToken = default)
    {
        await TakeAsync(request, cancellationToken);
        return await inner.SubmitAsync(request, jobId, cancellationToken);
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

    // A request with problems costs nothing: it is refused anyway, with better reasons.
    private async Task TakeAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        IReadOnlyList<ModelDescription> served = await models.GetModelsAsync(cancellationToken);
        if (GenerationRequestValidator.Validate(request, ParameterResolver.LimitsOf(served)).Count == 0)
        {
            ModelDescription model = request.Model is null ? served[0] : served.First(model => model.Name == request.Model);
            long edge = ParameterResolver.SizeOf(request.Size, model);
            quota.Take(context, request.Candidates * edge * edge);
        }
    }
}

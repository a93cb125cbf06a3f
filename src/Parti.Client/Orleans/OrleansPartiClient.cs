using Parti.Abstractions;

namespace Parti.Client;

/// <summary>The client inside the cluster's trust boundary: talks to the grains directly.</summary>
/// <param name="grains">A cluster client, or a silo's own grain factory.</param>
/// <param name="results">Where stored pictures are read.</param>
/// <param name="time">The clock.</param>
/// <param name="options">Settings.</param>
public sealed class OrleansPartiClient(IGrainFactory grains, IResultReader results, TimeProvider time, OrleansPartiClientOptions options) : IPartiClient
{
    private static readonly TimeSpan DrainBudget = TimeSpan.FromSeconds(20);

    private readonly CallPolicy _calls = new(time, options?.Patience ?? throw new ArgumentNullException(nameof(options)));

    /// <inheritdoc/>
    public async Task<GenerationResult> GenerateAsync(string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        GenerationOptions chosen = options ?? new();
        string id = JobKey.NewId(time);
        OrleansJobHandle handle = Handle(id);
        try
        {
            await SubmitAsync(chosen.ToRequest(prompt), id, cancellationToken);
            return await handle.GetResultAsync(chosen.OnEvent, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await CancelQuietlyAsync(handle);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<JobHandle> SubmitAsync(GenerationRequest request, string? jobId = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        IReadOnlyList<RequestProblem> problems = GenerationRequestValidator.Validate(request, new RequestLimits());
        if (problems.Count > 0)
        {
            throw new InvalidRequestException(problems);
        }

        OrleansJobHandle handle = Handle(jobId ?? JobKey.NewId(time));
        SubmitAnswer answer = await _calls.CallAsync(() => handle.Grain.SubmitAsync(request, cancellationToken), cancellationToken);
        return answer.Outcome switch
        {
            SubmitOutcome.Accepted => handle,
            SubmitOutcome.Conflict => throw new JobConflictException(handle.Id),
            SubmitOutcome.Busy => throw new PartiBusyException(TimeSpan.FromMilliseconds(answer.RetryAfterMs ?? 1000)),
            SubmitOutcome.Invalid => throw new InvalidRequestException(answer.Problems),
            _ => throw new PartiUnavailableException(answer.Error?.Code ?? "unavailable", answer.Error?.Message ?? "The job could not be stored."),
        };
    }

    /// <inheritdoc/>
    public JobHandle GetJob(string id) => Handle(id);

    /// <inheritdoc/>
    public async Task<JobPage> ListJobsAsync(JobQuery? query = null, CancellationToken cancellationToken = default)
    {
        JobQuery asked = query ?? new();
        if (asked.Limit is < 1 or > 1000)
        {
            throw new InvalidRequestException([new("limit", $"limit is {asked.Limit}, allowed is 1 to 1000; follow next_cursor for more.")]);
        }

        if (asked.Cursor is not null && !JobCursor.TryParse(asked.Cursor, out _))
        {
            throw new InvalidRequestException([new("cursor", "cursor is not one that a listing gave; leave it out to begin anew.")]);
        }

        asked = asked with { Tenant = asked.Tenant ?? options.Tenant };
        return await _calls.CallAsync(() => grains.GetGrain<IJobCatalogGrain>(0).ListAllAsync(asked), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<WorkerSnapshot>> ListWorkersAsync(CancellationToken cancellationToken = default) =>
        _calls.CallAsync(() => grains.GetGrain<IWorkerDirectoryGrain>(0).ListAsync(), cancellationToken);

    /// <inheritdoc/>
    public async Task DrainWorkerAsync(string id, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<WorkerSnapshot> workers = await ListWorkersAsync(cancellationToken);
        if (workers.All(worker => worker.Id != id))
        {
            string known = workers.Count == 0 ? "there is none" : "there are " + string.Join(", ", workers.Select(worker => worker.Id));
            throw new InvalidRequestException([new("id", $"There is no worker {id}; {known}.")]);
        }

        IWorkerGrain worker = grains.GetGrain<IWorkerGrain>(id);
        while (!await _calls.CallAsync(() => worker.DrainAsync(DrainBudget), cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<PoolSnapshot>> ListPoolsAsync(CancellationToken cancellationToken = default) =>
        _calls.CallAsync(() => grains.GetGrain<IPoolDirectoryGrain>(0).ListAsync(), cancellationToken);

    /// <inheritdoc/>
    public async Task<PoolSnapshot> PausePoolAsync(string model, Stage stage, CancellationToken cancellationToken = default)
    {
        IPoolGrain pool = await FindPoolAsync(model, stage, cancellationToken);
        return await _calls.CallAsync(pool.PauseAsync, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<PoolSnapshot> ResumePoolAsync(string model, Stage stage, CancellationToken cancellationToken = default)
    {
        IPoolGrain pool = await FindPoolAsync(model, stage, cancellationToken);
        return await _calls.CallAsync(pool.ResumeAsync, cancellationToken);
    }

    private async Task<IPoolGrain> FindPoolAsync(string model, Stage stage, CancellationToken cancellationToken)
    {
        IReadOnlyList<PoolSnapshot> pools = await ListPoolsAsync(cancellationToken);
        if (pools.Any(pool => pool.Model == model && pool.Stage == stage))
        {
            return grains.GetGrain<IPoolGrain>(StageQueueKey.For(model, stage));
        }

        string known = pools.Count == 0 ? "there is none" : "there are " + string.Join(", ", pools.Select(pool => StageQueueKey.For(pool.Model, pool.Stage)));
        throw new InvalidRequestException([new("pool", $"There is no pool {StageQueueKey.For(model, stage)}; {known}.")]);
    }

    private OrleansJobHandle Handle(string id)
    {
        if (!JobKey.IsValidPart(id))
        {
            throw new InvalidRequestException([new("id", "A job id consists of 1 to 64 lower-case letters, digits and dashes.")]);
        }

        JobKey key = new(options.Tenant, id);
        return new(key, grains.GetGrain<IJobGrain>(key.ToString()), results, _calls);
    }

    private static async Task CancelQuietlyAsync(OrleansJobHandle handle)
    {
        try
        {
            await handle.CancelAsync(CancellationToken.None);
        }
        catch (PartiException)
        {
            // The job never came to be, or no silo is left to stop it.
        }
    }
}

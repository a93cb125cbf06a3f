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
    private readonly JobGrains _jobs = new(grains);
    private readonly CallPolicy _calls = new(time, options?.Patience ?? throw new ArgumentNullException(nameof(options)));

    private OrleansPartiClient(IGrainFactory grains, IResultReader results, TimeProvider time, OrleansPartiClientOptions options, JobGrains jobs)
        : this(grains, results, time, options) => _jobs = jobs;

    /// <summary>The same client for another tenant; cheap, so that one can be had for each request.</summary>
    /// <param name="tenant">Whose jobs it sees and makes.</param>
    public OrleansPartiClient For(string tenant) => new(grains, results, time, new() { Tenant = tenant, ResponseTimeout = options.ResponseTimeout, Patience = options.Patience }, _jobs);

    /// <inheritdoc/>
    public Task<GenerationResult> GenerateAsync(string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        Generation.RunAsync(this, prompt, options ?? new(), time, cancellationToken);

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
        handle.Accepted = answer.Job;
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

    /// <summary>The picture so far with the number of tokens that it shows; null while there is nothing to see.</summary>
    /// <param name="id">Job id.</param>
    /// <param name="image">Image index.</param>
    /// <param name="tokens">How many of its first tokens are shown, at least 1; null for all there are. Null comes back while there are not so many.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<PreviewPicture?> GetPreviewAsync(string id, int image, int? tokens = null, CancellationToken cancellationToken = default) =>
        Handle(id).GetPreviewAsync(image, tokens, cancellationToken);

    /// <summary>Where a word of the prompt drew attention when an image was made; null where there is no such image.</summary>
    /// <param name="id">Job id.</param>
    /// <param name="image">Image index.</param>
    /// <param name="word">The word, in any case.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<AttentionAnswer?> GetAttentionAsync(string id, int image, string word, CancellationToken cancellationToken = default) =>
        Handle(id).GetAttentionAsync(image, word, cancellationToken);

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
        return new(key, _jobs.Get(key), results, _calls);
    }
}

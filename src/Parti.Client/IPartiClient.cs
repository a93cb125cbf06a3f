using Parti.Abstractions;

namespace Parti.Client;

/// <summary>
/// The way in for programs. Every call may be repeated: the job id is chosen on this side, so a retry is the same job.
/// Failures of the call derive from <see cref="PartiException"/>; a failure of the work is <see cref="JobFailedException"/>.
/// </summary>
public interface IPartiClient
{
    /// <summary>Makes pictures and waits for them. Canceling the token cancels the job.</summary>
    /// <param name="prompt">What to draw.</param>
    /// <param name="options">Everything else; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the job.</param>
    /// <exception cref="InvalidRequestException">A parameter is out of range.</exception>
    /// <exception cref="PartiBusyException">The queue is full.</exception>
    /// <exception cref="JobFailedException">The work failed.</exception>
    /// <exception cref="JobCanceledException">Someone else canceled the job.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled; so is the job.</exception>
    Task<GenerationResult> GenerateAsync(string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Submits a job and returns at once.</summary>
    /// <param name="request">What to make.</param>
    /// <param name="jobId">The id to use, which makes a repeat the same job; null for a new one.</param>
    /// <param name="cancellationToken">Gives up the call, not the job.</param>
    /// <exception cref="InvalidRequestException">A parameter is out of range.</exception>
    /// <exception cref="JobConflictException">The id is taken by a job with another body.</exception>
    /// <exception cref="PartiBusyException">The queue is full.</exception>
    /// <exception cref="PartiUnavailableException">The job could not be made durable, or no silo answers.</exception>
    Task<JobHandle> SubmitAsync(GenerationRequest request, string? jobId = null, CancellationToken cancellationToken = default);

    /// <summary>The handle of a job that may or may not exist; asks nobody.</summary>
    JobHandle GetJob(string id);

    /// <summary>Jobs, newest first.</summary>
    Task<JobPage> ListJobsAsync(JobQuery? query = null, CancellationToken cancellationToken = default);

    /// <summary>The living workers, by id.</summary>
    Task<IReadOnlyList<WorkerSnapshot>> ListWorkersAsync(CancellationToken cancellationToken = default);

    /// <summary>Lets a worker finish or hand over what it has and take nothing new.</summary>
    /// <param name="id">Worker id, <c>silo|device</c>.</param>
    /// <param name="cancellationToken">Gives up the call.</param>
    /// <exception cref="InvalidRequestException">There is no such worker.</exception>
    Task DrainWorkerAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>The pools, by model and stage: what waits, what runs, how fast.</summary>
    Task<IReadOnlyList<PoolSnapshot>> ListPoolsAsync(CancellationToken cancellationToken = default);

    /// <summary>Lets a pool give nothing more to workers until it is resumed; what runs goes on.</summary>
    /// <param name="model">Model name.</param>
    /// <param name="stage">Stage.</param>
    /// <param name="cancellationToken">Gives up the call.</param>
    /// <returns>The pool afterwards.</returns>
    /// <exception cref="InvalidRequestException">There is no such pool.</exception>
    Task<PoolSnapshot> PausePoolAsync(string model, Stage stage, CancellationToken cancellationToken = default);

    /// <summary>Lets a paused pool give items to workers again.</summary>
    /// <param name="model">Model name.</param>
    /// <param name="stage">Stage.</param>
    /// <param name="cancellationToken">Gives up the call.</param>
    /// <returns>The pool afterwards.</returns>
    /// <exception cref="InvalidRequestException">There is no such pool.</exception>
    Task<PoolSnapshot> ResumePoolAsync(string model, Stage stage, CancellationToken cancellationToken = default);
}

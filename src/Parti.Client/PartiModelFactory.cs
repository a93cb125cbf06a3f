using Parti.Abstractions;

namespace Parti.Client;

/// <summary>Makes what the client answers, for tests of programs that use it. <see cref="IPartiClient"/> and <see cref="JobHandle"/> can be replaced by one's own.</summary>
public static class PartiModelFactory
{
    /// <summary>A job; add to it with <c>with</c>.</summary>
    /// <param name="id">Job id.</param>
    /// <param name="state">State of the job and of each of its images.</param>
    /// <param name="prompt">Prompt.</param>
    /// <param name="n">Number of images, at least 1.</param>
    /// <param name="createdAt">When it was accepted; null for the Unix epoch.</param>
    /// <param name="error">Why it failed.</param>
    public static JobSnapshot Job(
        string id = "job-1", JobState state = JobState.Succeeded, string prompt = "a red circle", int n = 1, DateTimeOffset? createdAt = null, JobError? error = null) => new()
        {
            Id = id,
            State = state,
            Model = "demo",
            Prompt = prompt,
            Parameters = new() { N = n, Seed = 1, GuidanceScale = 3, Temperature = 1, TopK = 0, TopP = 1, Size = 256, OutputFormat = OutputFormat.Png, ModelHash = new string('0', 64) },
            Priority = JobPriority.Normal,
            Tenant = JobKey.DefaultTenant,
            CreatedAt = createdAt ?? DateTimeOffset.UnixEpoch,
            Progress = state == JobState.Succeeded ? 1 : 0,
            Images = [.. Enumerable.Range(0, n).Select(index => Image(index, state))],
            Timings = new(),
            Attempts = [],
            Error = error,
            Version = 1,
        };

    /// <summary>One image of a job.</summary>
    /// <param name="index">Index within the job.</param>
    /// <param name="state">Its state.</param>
    /// <param name="tokensDone">Image tokens so far; null for what the state says.</param>
    /// <param name="tokensTotal">Image tokens of a complete image.</param>
    public static ImageSnapshot Image(int index = 0, JobState state = JobState.Succeeded, int? tokensDone = null, int tokensTotal = 256) => new()
    {
        Index = index,
        Seed = 1,
        State = state,
        TokensDone = tokensDone ?? (state == JobState.Succeeded ? tokensTotal : 0),
        TokensTotal = tokensTotal,
    };

    /// <summary>An event of a job.</summary>
    /// <param name="seq">Its number.</param>
    /// <param name="type">Kind of change.</param>
    /// <param name="changes">The fields that changed; null for none but the version.</param>
    public static JobEvent Event(long seq, JobEventType type, JobChanges? changes = null) =>
        new(seq, type, DateTimeOffset.UnixEpoch, changes ?? new() { Version = seq });

    /// <summary>A finished job with its pictures.</summary>
    /// <param name="job">The job.</param>
    /// <param name="pictures">Bytes per image.</param>
    public static GenerationResult Result(JobSnapshot job, params byte[][] pictures)
    {
        ArgumentNullException.ThrowIfNull(job);
        return new(job, [.. pictures.Select((bytes, index) => new GeneratedImage(
            index, job.Parameters.Seed, bytes, job.Parameters.OutputFormat, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)), job.Parameters.Size, job.Parameters.Size))]);
    }
}

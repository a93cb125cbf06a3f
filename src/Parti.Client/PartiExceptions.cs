using Parti.Abstractions;

namespace Parti.Client;

/// <summary>A call or a job did not do what was asked. The message is one line that names the cause and the way out.</summary>
/// <param name="code">Stable code in snake_case.</param>
/// <param name="message">One line.</param>
/// <param name="inner">What caused it, if anything.</param>
public abstract class PartiException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Stable code in snake_case.</summary>
    public string Code { get; } = code;
}

/// <summary>A parameter is missing or out of range.</summary>
/// <param name="problems">All of them.</param>
public sealed class InvalidRequestException(IReadOnlyList<RequestProblem> problems)
    : PartiException("invalid_request", string.Join(" ", problems.Select(problem => problem.Message)))
{
    /// <summary>Each parameter with its range and the way out.</summary>
    public IReadOnlyList<RequestProblem> Problems { get; } = problems;
}

/// <summary>The queue is full; nothing was accepted.</summary>
/// <param name="retryAfter">When another try makes sense.</param>
public sealed class PartiBusyException(TimeSpan retryAfter)
    : PartiException("overloaded", $"The cluster's queue is full; try again in {Math.Ceiling(retryAfter.TotalSeconds)} s.")
{
    /// <summary>When another try makes sense.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}

/// <summary>The cluster cannot take the call: no silo answers, or its storage refuses to write.</summary>
/// <param name="code">Stable code in snake_case.</param>
/// <param name="message">One line.</param>
/// <param name="inner">What caused it, if anything.</param>
public sealed class PartiUnavailableException(string code, string message, Exception? inner = null) : PartiException(code, message, inner);

/// <summary>The server does not know the caller, or does not let it do this.</summary>
/// <param name="code">Stable code in snake_case.</param>
/// <param name="message">One line.</param>
public sealed class PartiAccessException(string code, string message) : PartiException(code, message);

/// <summary>The id is taken by a job with another body.</summary>
/// <param name="id">Job id.</param>
public sealed class JobConflictException(string id)
    : PartiException("job_conflict", $"Job {id} exists with another request; choose another id.");

/// <summary>There is no such job.</summary>
/// <param name="id">Job id.</param>
public sealed class JobNotFoundException(string id)
    : PartiException("job_not_found", $"There is no job {id}; list the jobs to see which there are.");

/// <summary>The job's state does not allow the command.</summary>
/// <param name="message">One line.</param>
public sealed class JobStateException(string message) : PartiException("job_state", message);

/// <summary>The work failed; the call itself did not.</summary>
/// <param name="job">The job at its end.</param>
public sealed class JobFailedException(JobSnapshot job)
    : PartiException(job.Error?.Code ?? "failed", job.Error?.Message ?? $"Job {job.Id} failed.")
{
    /// <summary>The job at its end.</summary>
    public JobSnapshot Job { get; } = job;
}

/// <summary>The job was canceled by someone.</summary>
/// <param name="job">The job at its end.</param>
public sealed class JobCanceledException(JobSnapshot job) : PartiException("canceled", $"Job {job.Id} was canceled.")
{
    /// <summary>The job at its end.</summary>
    public JobSnapshot Job { get; } = job;
}

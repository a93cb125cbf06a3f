namespace Parti.Abstractions;

/// <summary>What became of a submit.</summary>
public enum SubmitOutcome
{
    /// <summary>The job exists and is durable; a repeated submit of the same body gets this too.</summary>
    Accepted = 0,

    /// <summary>The id is taken by a job with another body.</summary>
    Conflict = 1,

    /// <summary>The queue is full; nothing was written.</summary>
    Busy = 2,

    /// <summary>The request cannot be served as it is.</summary>
    Invalid = 3,

    /// <summary>The job could not be made durable; nothing was accepted.</summary>
    Unavailable = 4,
}

/// <summary>Answer to a submit.</summary>
[GenerateSerializer, Immutable, Alias("parti.submit-answer")]
public sealed record SubmitAnswer
{
    /// <summary>What became of it.</summary>
    [Id(0)] public required SubmitOutcome Outcome { get; init; }

    /// <summary>The job; set when accepted or in conflict.</summary>
    [Id(1)] public JobSnapshot? Job { get; init; }

    /// <summary>What is wrong; not empty when invalid.</summary>
    [Id(2)] public IReadOnlyList<RequestProblem> Problems { get; init; } = [];

    /// <summary>Milliseconds after which another try makes sense; set when busy.</summary>
    [Id(3)] public long? RetryAfterMs { get; init; }

    /// <summary>Why the job could not be made durable; set when unavailable.</summary>
    [Id(4)] public JobError? Error { get; init; }
}

/// <summary>What became of a command to an existing job.</summary>
public enum CommandOutcome
{
    /// <summary>Done, or it had been done before.</summary>
    Done = 0,

    /// <summary>There is no such job.</summary>
    NotFound = 1,

    /// <summary>The job's state does not allow it.</summary>
    Refused = 2,
}

/// <summary>Answer to a command.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Job">The job afterwards; null where there is none.</param>
/// <param name="Reason">Why it was refused, one line.</param>
[GenerateSerializer, Immutable, Alias("parti.command-answer")]
public sealed record CommandAnswer(
    [property: Id(0)] CommandOutcome Outcome,
    [property: Id(1)] JobSnapshot? Job,
    [property: Id(2)] string? Reason = null);

/// <summary>The picture so far of one image.</summary>
/// <param name="Tokens">Image tokens that it shows.</param>
/// <param name="Png">The picture as PNG, at the model's native size.</param>
[GenerateSerializer, Immutable, Alias("parti.preview-picture")]
public sealed record PreviewPicture([property: Id(0)] int Tokens, [property: Id(1)] byte[] Png);

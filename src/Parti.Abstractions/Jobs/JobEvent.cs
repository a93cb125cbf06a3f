using System.Text.Json.Serialization;

namespace Parti.Abstractions;

/// <summary>What kind of change an event reports.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<JobEventType>))]
public enum JobEventType
{
    /// <summary>Accepted, or accepted again by a retry.</summary>
    Queued = 0,

    /// <summary>A worker began.</summary>
    Started = 1,

    /// <summary>More image tokens.</summary>
    Progress = 2,

    /// <summary>The job's stage changed.</summary>
    Stage = 3,

    /// <summary>An image was stored.</summary>
    Image = 4,

    /// <summary>A worker took the job up or was lost.</summary>
    Attempt = 5,

    /// <summary>Every image is stored. Terminal.</summary>
    Succeeded = 6,

    /// <summary>The work failed. Terminal.</summary>
    Failed = 7,

    /// <summary>Canceled. Terminal.</summary>
    Canceled = 8,
}

/// <summary>One numbered change of a job.</summary>
/// <param name="Seq">Strictly growing within a job; gaps are allowed.</param>
/// <param name="Type">What kind of change.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Changed">The fields that changed, with their new values.</param>
[GenerateSerializer, Immutable, Alias("parti.job-event")]
public sealed record JobEvent(
    [property: Id(0)] long Seq,
    [property: Id(1)] JobEventType Type,
    [property: Id(2)] DateTimeOffset At,
    [property: Id(3), JsonPropertyName("job")] JobChanges Changed)
{
    /// <summary>Whether the stream of events ends after this one.</summary>
    [JsonIgnore]
    public bool IsTerminal => Type is JobEventType.Succeeded or JobEventType.Failed or JobEventType.Canceled;
}

/// <summary>Changed fields of a job with their new, absolute values; null means unchanged.</summary>
[GenerateSerializer, Immutable, Alias("parti.job-changes")]
public sealed record JobChanges
{
    /// <summary>State of the job.</summary>
    [Id(0)] public JobState? State { get; init; }

    /// <summary>Stage of the job.</summary>
    [Id(1)] public Stage? Stage { get; init; }

    /// <summary>When a worker first began, UTC.</summary>
    [Id(2)] public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the job became terminal, UTC.</summary>
    [Id(3)] public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>Estimated milliseconds to the end.</summary>
    [Id(4)] public long? EtaMs { get; init; }

    /// <summary>Share of the work done, 0 to 1.</summary>
    [Id(5)] public double? Progress { get; init; }

    /// <summary>Only the images that changed.</summary>
    [Id(6)] public IReadOnlyList<ImageSnapshot>? Images { get; init; }

    /// <summary>Wall time per stage, all of it.</summary>
    [Id(7)] public StageTimings? Timings { get; init; }

    /// <summary>All attempts.</summary>
    [Id(8)] public IReadOnlyList<AttemptSnapshot>? Attempts { get; init; }

    /// <summary>Why the job failed.</summary>
    [Id(9)] public JobError? Error { get; init; }

    /// <summary>Only the candidates that changed.</summary>
    [Id(20), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<CandidateSnapshot>? Candidates { get; init; }

    /// <summary>Version of the job after the change.</summary>
    [Id(10)] public required long Version { get; init; }
}

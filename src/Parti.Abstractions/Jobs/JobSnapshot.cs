using System.Text.Json.Serialization;

namespace Parti.Abstractions;

/// <summary>Everything a caller may know of a job at one moment.</summary>
[GenerateSerializer, Immutable, Alias("parti.job-snapshot")]
public sealed record JobSnapshot
{
    /// <summary>Job id, unique within its tenant.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>State of the whole job.</summary>
    [Id(1)] public required JobState State { get; init; }

    /// <summary>The earliest stage that some image has not left; null unless running.</summary>
    [Id(2)] public Stage? Stage { get; init; }

    /// <summary>Model name.</summary>
    [Id(3)] public required string Model { get; init; }

    /// <summary>Prompt as given.</summary>
    [Id(4)] public required string Prompt { get; init; }

    /// <summary>What the job really uses.</summary>
    [Id(5)] public required EffectiveParameters Parameters { get; init; }

    /// <summary>How urgent.</summary>
    [Id(6)] public required JobPriority Priority { get; init; }

    /// <summary>Owner.</summary>
    [Id(7)] public required string Tenant { get; init; }

    /// <summary>When the job was accepted, UTC.</summary>
    [Id(8)] public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When a worker first began, UTC.</summary>
    [Id(9)] public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the job became terminal, UTC.</summary>
    [Id(10)] public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>Work items in front of the job's first waiting one, from 0; null when nothing waits.</summary>
    [Id(11)] public int? QueuePosition { get; init; }

    /// <summary>Estimated milliseconds to the end; null when unknown.</summary>
    [Id(12)] public long? EtaMs { get; init; }

    /// <summary>Share of the work done, 0 to 1.</summary>
    [Id(13)] public double Progress { get; init; }

    /// <summary>One entry per image, by index.</summary>
    [Id(14)] public required IReadOnlyList<ImageSnapshot> Images { get; init; }

    /// <summary>Wall time per stage.</summary>
    [Id(15)] public required StageTimings Timings { get; init; }

    /// <summary>The workers that took the job up, in order.</summary>
    [Id(16)] public required IReadOnlyList<AttemptSnapshot> Attempts { get; init; }

    /// <summary>Why the job failed; null unless it did.</summary>
    [Id(17)] public JobError? Error { get; init; }

    /// <summary>Grows with every change.</summary>
    [Id(18)] public required long Version { get; init; }

    /// <summary>Text tokens at the prompt's end that the model does not read, 0 if it reads all; in JSON only where it does not.</summary>
    [Id(19), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public int DroppedTokens { get; init; }

    /// <summary>Text tokens that the model reads of the prompt; 0 until it is encoded. Not in JSON.</summary>
    [Id(20), JsonIgnore] public int PromptTokens { get; init; }

    /// <summary>The candidates, by number; null, and not in JSON, where nothing is chosen.</summary>
    [Id(40), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<CandidateSnapshot>? Candidates { get; init; }

    /// <summary>What became of the webhook; null, and not in JSON, where the request names none.</summary>
    [Id(30), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public WebhookSnapshot? Webhook { get; init; }
}

/// <summary>One image of a job.</summary>
[GenerateSerializer, Immutable, Alias("parti.image-snapshot")]
public sealed record ImageSnapshot
{
    /// <summary>Index within the job, from 0.</summary>
    [Id(0)] public required int Index { get; init; }

    /// <summary>The job's seed; with <see cref="Candidate"/>, or else <see cref="Index"/>, it fixes the picture.</summary>
    [Id(1)] public required ulong Seed { get; init; }

    /// <summary>State of this image.</summary>
    [Id(2)] public required JobState State { get; init; }

    /// <summary>Image tokens sampled so far.</summary>
    [Id(3)] public required int TokensDone { get; init; }

    /// <summary>Image tokens of a complete image.</summary>
    [Id(4)] public required int TokensTotal { get; init; }

    /// <summary>The worker that has or last had it.</summary>
    [Id(5)] public string? Worker { get; init; }

    /// <summary>Where the stored bytes are; null until stored.</summary>
    [Id(6)] public string? Url { get; init; }

    /// <summary>SHA-256 of the stored bytes, hexadecimal lower case.</summary>
    [Id(7)] public string? Sha256 { get; init; }

    /// <summary>Width in pixels of the stored picture.</summary>
    [Id(8)] public int? Width { get; init; }

    /// <summary>Height in pixels of the stored picture.</summary>
    [Id(9)] public int? Height { get; init; }

    /// <summary>
    /// The candidate that it is: the same seed without a choice gives the same picture as image of this index. Before the choice the one that
    /// is shown in its place; null, and not in JSON, where nothing is chosen.
    /// </summary>
    [Id(20), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? Candidate { get; init; }
}

/// <summary>One candidate of a job that chooses.</summary>
[GenerateSerializer, Immutable, Alias("parti.candidate-snapshot")]
public sealed record CandidateSnapshot
{
    /// <summary>Its number, from 0.</summary>
    [Id(0)] public required int Index { get; init; }

    /// <summary>Image tokens sampled so far.</summary>
    [Id(1)] public required int TokensDone { get; init; }

    /// <summary>What it is chosen by, the highest first: log p(tokens | prompt), in nats; null until it is scored.</summary>
    [Id(2)] public double? Score { get; init; }

    /// <summary>Index of the image that it became; null while nothing is chosen, and for those left out.</summary>
    [Id(3)] public int? Image { get; init; }
}

/// <summary>Milliseconds of wall time; for a stage, from its first start to its last end over all images.</summary>
[GenerateSerializer, Immutable, Alias("parti.stage-timings")]
public sealed record StageTimings
{
    /// <summary>From acceptance to the first lease.</summary>
    [Id(0)] public long? QueueMs { get; init; }

    /// <summary>Prompt to text states.</summary>
    [Id(1)] public long? EncodeMs { get; init; }

    /// <summary>Text states to image tokens.</summary>
    [Id(2)] public long? SampleMs { get; init; }

    /// <summary>Image tokens to pixels.</summary>
    [Id(3)] public long? DetokenizeMs { get; init; }

    /// <summary>Pixels to more pixels.</summary>
    [Id(4)] public long? UpscaleMs { get; init; }

    /// <summary>Choice among candidates.</summary>
    [Id(5)] public long? RerankMs { get; init; }

    /// <summary>Pixels to stored bytes.</summary>
    [Id(6)] public long? StoreMs { get; init; }

    /// <summary>From acceptance to the terminal state.</summary>
    [Id(7)] public long? TotalMs { get; init; }

    /// <summary>Waits between the stages, in their order; null, and not in JSON, where no image was handed over yet.</summary>
    [Id(8), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<HandOverTiming>? HandOvers { get; init; }
}

/// <summary>What handing images over into a stage took: from the moment they were ready for it to the moment a worker began.</summary>
/// <param name="Into">The stage.</param>
/// <param name="Images">Images handed over; one that was lost and begun again counts each time.</param>
/// <param name="TotalMs">Milliseconds, all of them together.</param>
[GenerateSerializer, Immutable, Alias("parti.hand-over-timing")]
public sealed record HandOverTiming([property: Id(0)] Stage Into, [property: Id(1)] int Images, [property: Id(2)] long TotalMs);

/// <summary>One worker's turn at a job.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Worker">Worker id, <c>silo|device</c>.</param>
/// <param name="StartedAt">When it took its first lease, UTC.</param>
/// <param name="EndedAt">When it ended, UTC; null while it goes on.</param>
/// <param name="Reason">Why it ended, in words; null while it goes on.</param>
[GenerateSerializer, Immutable, Alias("parti.attempt-snapshot")]
public sealed record AttemptSnapshot(
    [property: Id(0)] int Number,
    [property: Id(1)] string Worker,
    [property: Id(2)] DateTimeOffset StartedAt,
    [property: Id(3)] DateTimeOffset? EndedAt,
    [property: Id(4)] string? Reason);

/// <summary>Why a job failed.</summary>
/// <param name="Code">Stable code in snake_case.</param>
/// <param name="Message">One line that names the cause and the way out.</param>
[GenerateSerializer, Immutable, Alias("parti.job-error")]
public sealed record JobError([property: Id(0)] string Code, [property: Id(1)] string Message);

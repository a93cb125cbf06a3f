namespace Parti.Abstractions;

/// <summary>The smallest thing a worker takes: one image of a job, or its prompt.</summary>
/// <param name="Job">Whose.</param>
/// <param name="Image">Image index, in a job that chooses the candidate's number; <see cref="Prompt"/> for the prompt.</param>
[GenerateSerializer, Immutable, Alias("parti.work-key")]
public readonly record struct WorkKey([property: Id(0)] JobKey Job, [property: Id(1)] int Image)
{
    /// <summary>Stands in place of an image index for the job's one prompt.</summary>
    public const int Prompt = -1;

    /// <summary><c>tenant/job#image</c>.</summary>
    public override string ToString() => $"{Job}#{Image}";
}

/// <summary>Something that waits in a stage queue.</summary>
/// <param name="Key">What.</param>
/// <param name="Priority">Higher goes first; it grows with age.</param>
/// <param name="CreatedAt">Age of the job, UTC; older goes first.</param>
/// <param name="Epoch">The last epoch the job knows; every lease gets a higher one.</param>
[GenerateSerializer, Immutable, Alias("parti.work-item")]
public sealed record WorkItem(
    [property: Id(0)] WorkKey Key,
    [property: Id(1)] JobPriority Priority,
    [property: Id(2)] DateTimeOffset CreatedAt,
    [property: Id(3)] long Epoch);

/// <summary>The right of one worker to do one item, until it expires unless renewed.</summary>
/// <param name="Item">What.</param>
/// <param name="Epoch">Fences off every earlier lease of the same item.</param>
/// <param name="Worker">Whose, <c>silo|device</c>.</param>
[GenerateSerializer, Immutable, Alias("parti.work-lease")]
public sealed record WorkLease(
    [property: Id(0)] WorkItem Item,
    [property: Id(1)] long Epoch,
    [property: Id(2)] string Worker)
{
    /// <summary>Which start of the worker's silo holds it; a later start has a higher number. 0 where that is not known.</summary>
    [Id(3)] public int Generation { get; init; }
}

/// <summary>What became of an item that was offered to a queue.</summary>
public enum EnqueueOutcome
{
    /// <summary>It waits now.</summary>
    Waiting = 0,

    /// <summary>It waited before.</summary>
    AlreadyWaiting = 1,

    /// <summary>A worker holds a living lease on it.</summary>
    Leased = 2,
}

/// <summary>Whether a queue takes a new job.</summary>
/// <param name="Admitted">Yes, and a place is kept for each image.</param>
/// <param name="RetryAfterMs">If not, when another try makes sense.</param>
/// <param name="Place">Where a new item would stand.</param>
[GenerateSerializer, Immutable, Alias("parti.admit-answer")]
public sealed record AdmitAnswer([property: Id(0)] bool Admitted, [property: Id(1)] long RetryAfterMs, [property: Id(2)] QueuePlace Place);

/// <summary>Where a job stands in a queue.</summary>
/// <param name="Ahead">Items that will be taken before its first one, if nothing else arrives.</param>
/// <param name="WaitMs">Milliseconds until then at the present rate; null when no rate is known or the pool is paused.</param>
/// <param name="ServiceMs">Milliseconds that a worker then needs for one item; null when none was completed yet.</param>
[GenerateSerializer, Immutable, Alias("parti.queue-place")]
public sealed record QueuePlace([property: Id(0)] int Ahead, [property: Id(1)] double? WaitMs, [property: Id(2)] double? ServiceMs);

/// <summary>What waits in one partition of a stage's queue.</summary>
[GenerateSerializer, Immutable, Alias("parti.queue-snapshot")]
public sealed record QueueSnapshot
{
    /// <summary>Model name.</summary>
    [Id(0)] public required string Model { get; init; }

    /// <summary>Stage.</summary>
    [Id(1)] public required Stage Stage { get; init; }

    /// <summary>Items that wait.</summary>
    [Id(2)] public required int Waiting { get; init; }

    /// <summary>Items that workers hold.</summary>
    [Id(3)] public required int Leased { get; init; }

    /// <summary>Places kept for admitted images that have not arrived.</summary>
    [Id(4)] public required int Reserved { get; init; }

    /// <summary>Most items that may wait or be expected.</summary>
    [Id(5)] public required int Capacity { get; init; }

    /// <summary>Seconds until the backlog is done at the present rate; null when no rate is known.</summary>
    [Id(6)] public double? BacklogSeconds { get; init; }

    /// <summary>Items finished a second over the last minute; null when no rate is known.</summary>
    [Id(7)] public double? ItemsPerSecond { get; init; }

    /// <summary>Milliseconds from lease to completion, a running mean; null while none was completed.</summary>
    [Id(8)] public double? ServiceMs { get; init; }
}

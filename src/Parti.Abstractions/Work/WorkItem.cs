namespace Parti.Abstractions;

/// <summary>The smallest thing a worker takes: one image of a job, or its prompt.</summary>
/// <param name="Job">Whose.</param>
/// <param name="Image">Image index; <see cref="Prompt"/> for the prompt.</param>
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
/// <param name="Priority">Higher goes first.</param>
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
    [property: Id(2)] string Worker);

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
[GenerateSerializer, Immutable, Alias("parti.admit-answer")]
public sealed record AdmitAnswer([property: Id(0)] bool Admitted, [property: Id(1)] long RetryAfterMs);

/// <summary>What waits at a stage.</summary>
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
}

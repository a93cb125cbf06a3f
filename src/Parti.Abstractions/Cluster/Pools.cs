using Orleans.Concurrency;

namespace Parti.Abstractions;

/// <summary>One stage of one model: what waits, what runs and how fast it goes.</summary>
[GenerateSerializer, Immutable, Alias("parti.pool-snapshot")]
public sealed record PoolSnapshot
{
    /// <summary>Model name.</summary>
    [Id(0)] public required string Model { get; init; }

    /// <summary>Stage.</summary>
    [Id(1)] public required Stage Stage { get; init; }

    /// <summary>Items that wait for a worker.</summary>
    [Id(2)] public required int Queued { get; init; }

    /// <summary>Items that workers hold.</summary>
    [Id(3)] public required int Running { get; init; }

    /// <summary>Images of accepted jobs that have not come to this stage yet.</summary>
    [Id(4)] public required int Reserved { get; init; }

    /// <summary>Most items that may wait or be expected; a job above it is answered "busy".</summary>
    [Id(5)] public required int Capacity { get; init; }

    /// <summary>Whether no new item is given to a worker. What runs goes on.</summary>
    [Id(6)] public required bool Paused { get; init; }

    /// <summary>Items finished a second over the last minute; null while fewer than two were.</summary>
    [Id(7)] public double? ItemsPerSecond { get; init; }

    /// <summary>Seconds until all that waits or is expected is done at the present rate; null while no rate is known.</summary>
    [Id(8)] public double? BacklogSeconds { get; init; }

    /// <summary>Milliseconds that a worker needs for one item, a running mean; null while none was finished.</summary>
    [Id(9)] public double? ServiceMs { get; init; }
}

/// <summary>One pool: the queue of a stage with all its partitions. Key: <c>model/stage</c>. Remembers durably whether it is paused.</summary>
[Alias("parti.IPoolGrain")]
public interface IPoolGrain : IGrainWithStringKey
{
    /// <summary>What waits and runs now.</summary>
    [Alias("Describe"), AlwaysInterleave]
    Task<PoolSnapshot> DescribeAsync();

    /// <summary>Gives nothing more to workers until resumed, also after a restart of everything; what runs goes on. Again does nothing.</summary>
    [Alias("Pause")]
    Task<PoolSnapshot> PauseAsync();

    /// <summary>Gives items to workers again. Again does nothing.</summary>
    [Alias("Resume")]
    Task<PoolSnapshot> ResumeAsync();

    /// <summary>Whether it is paused. A partition of the queue asks when it starts.</summary>
    [Alias("IsPaused"), AlwaysInterleave]
    Task<bool> IsPausedAsync();
}

/// <summary>Which pools there are. In memory: queues and workers tell it again. Key: 0.</summary>
[Alias("parti.IPoolDirectoryGrain")]
public interface IPoolDirectoryGrain : IGrainWithIntegerKey
{
    /// <summary>Says that a queue of a pool is in use.</summary>
    /// <param name="pool">Key of the pool.</param>
    [Alias("Note"), OneWay]
    Task NoteAsync(string pool);

    /// <summary>The pools that hold items or that a living worker serves, by model and stage.</summary>
    [Alias("List"), AlwaysInterleave]
    Task<IReadOnlyList<PoolSnapshot>> ListAsync();
}

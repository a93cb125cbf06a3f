using Orleans.Concurrency;

namespace Parti.Abstractions;

/// <summary>One device and what it does now.</summary>
[GenerateSerializer, Immutable, Alias("parti.worker-snapshot")]
public sealed record WorkerSnapshot
{
    /// <summary>Worker id, <c>silo|device</c>.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>Silo name.</summary>
    [Id(1)] public required string Silo { get; init; }

    /// <summary>Device, for example <c>cpu</c> or <c>cuda:0</c>.</summary>
    [Id(2)] public required string Device { get; init; }

    /// <summary>Models it serves.</summary>
    [Id(3)] public required IReadOnlyList<string> Models { get; init; }

    /// <summary>Stages it serves.</summary>
    [Id(4)] public required IReadOnlyList<Stage> Stages { get; init; }

    /// <summary>Images that can be sampled at the same time.</summary>
    [Id(5)] public required int Slots { get; init; }

    /// <summary>Images being sampled.</summary>
    [Id(6)] public required int SlotsInUse { get; init; }

    /// <summary>Image tokens a second, all slots together, over the last seconds.</summary>
    [Id(7)] public double TokensPerSecond { get; init; }

    /// <summary>Whether it takes no new work.</summary>
    [Id(8)] public bool Draining { get; init; }

    /// <summary>Images it finished since it started.</summary>
    [Id(9)] public long ImagesDone { get; init; }

    /// <summary>When it started, UTC.</summary>
    [Id(10)] public DateTimeOffset StartedAt { get; init; }

    /// <summary>Items in hand, of every stage.</summary>
    [Id(11)] public int Busy { get; init; }

    /// <summary>Images finished a second over the last minute; null while fewer than two were.</summary>
    [Id(12)] public double? ImagesPerSecond { get; init; }

    /// <summary>Bytes of memory that the worker's process holds; on an accelerator its own memory comes on top.</summary>
    [Id(13)] public long MemoryBytes { get; init; }

    /// <summary>Bytes of memory that the process may hold.</summary>
    [Id(14)] public long MemoryLimitBytes { get; init; }

    /// <summary>
    /// Which layers it holds for a leader elsewhere, <c>i/n</c>; such a worker serves no stage by itself, and its id is a
    /// <see cref="ShardKey"/>. Null for a worker of stages.
    /// </summary>
    [Id(15)] public string? Shard { get; init; }

    /// <summary>Models that it has and gets no work of, since the cluster serves other weights under their names.</summary>
    [Id(16)] public IReadOnlyList<RefusedModel> Refused { get; init; } = [];
}

/// <summary>A model of which a worker has other weights than the cluster serves.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Hash">What identifies the worker's weights.</param>
/// <param name="ServedHash">What identifies those of the control silos.</param>
[GenerateSerializer, Immutable, Alias("parti.refused-model")]
public sealed record RefusedModel([property: Id(0)] string Name, [property: Id(1)] string Hash, [property: Id(2)] string ServedHash);

/// <summary>Which workers there are; each announces itself every few seconds. Key: 0.</summary>
[Alias("parti.IWorkerDirectoryGrain")]
public interface IWorkerDirectoryGrain : IGrainWithIntegerKey
{
    /// <summary>Says that a worker lives. One that says nothing for a while is forgotten.</summary>
    [Alias("Announce"), OneWay]
    Task AnnounceAsync(WorkerSnapshot worker);

    /// <summary>Forgets a worker that stopped.</summary>
    [Alias("Leave"), OneWay]
    Task LeaveAsync(string worker);

    /// <summary>The living workers, by id.</summary>
    [Alias("List")]
    Task<IReadOnlyList<WorkerSnapshot>> ListAsync();
}

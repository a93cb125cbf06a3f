using Parti.Inference.Sharding;

namespace Parti.Grains.Shards;

/// <summary>A shard that this silo holds for leaders.</summary>
/// <param name="Device">The device.</param>
/// <param name="Engine">Its layers; the host owns and disposes them.</param>
public sealed record LocalShard(string Device, ShardEngine Engine);

/// <summary>The shards of this silo. Most silos have none.</summary>
public interface ILocalShards
{
    /// <summary>All of them: one a device and model.</summary>
    IReadOnlyList<LocalShard> All { get; }
}

/// <summary>Some shards.</summary>
/// <param name="shards">The shards.</param>
public sealed class LocalShards(params IReadOnlyList<LocalShard> shards) : ILocalShards
{
    /// <inheritdoc/>
    public IReadOnlyList<LocalShard> All => shards;
}

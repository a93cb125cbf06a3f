using Parti.Inference.Sharding;

namespace Parti.Inference.Tests.Sharding;

/// <summary>Shards of this process, claimed at once.</summary>
sealed class EngineLinks(IReadOnlyList<ShardEngine> engines) : IShardLinks, IShardReplica
{
    public ShardSession? Session { get; private set; }

    public IShardReplica Want(ShardNeed need)
    {
        Assert.All(engines, engine => Assert.Equal((need.Model, need.Hash, need.Shards), (engine.Model, engine.Hash, engine.Shard.Count)));
        Guid id = Guid.NewGuid();
        engines.ToList().ForEach(engine => _ = engine.OpenAsync(id));
        Session = new(id, engines);
        return this;
    }
}

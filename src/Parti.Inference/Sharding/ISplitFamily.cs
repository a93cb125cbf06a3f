using Parti.Inference.Execution;
using Parti.Inference.Families;
using Parti.Models.Checkpoints;

namespace Parti.Inference.Sharding;

/// <summary>A family whose decoder may be split by layers over several workers, each reading its own layers alone.</summary>
interface ISplitFamily
{
    /// <summary>The family of a model.</summary>
    /// <param name="manifest">The model's manifest.</param>
    /// <exception cref="CheckpointException">Models of its family are not split.</exception>
    static ISplitFamily Of(ModelManifest manifest) => FamilyLoaders.Of(manifest) as ISplitFamily ?? throw new CheckpointException(
        $"Model {manifest.Name} is of family {manifest.Family}, which is served whole; set Parti:Worker:Shard to 0/1, or Parti:Worker:Models to models of family parti.");

    /// <summary>Loads everything but the other shards' layers.</summary>
    /// <param name="directory">A model of the family.</param>
    /// <param name="shards">Shards of the decoder, the leader's among them.</param>
    /// <param name="replica">The other shards.</param>
    IModelNetworks LoadLeader(ModelDirectory directory, int shards, IShardReplica replica);

    /// <summary>Loads a shard's layers and nothing else. Does not need the tensor library's kernels.</summary>
    /// <param name="directory">A model of the family.</param>
    /// <param name="shard">Which layers.</param>
    ShardLayers LoadLayers(ModelDirectory directory, LayerShard shard);
}

using Parti.Inference.Kernels;

namespace Parti.Inference.Sharding;

/// <summary>
/// What one decode step asks of the layers of one shard. The same step again writes the same numbers into the caches and gives the same
/// answer, so a step whose outcome is unknown is simply repeated.
/// </summary>
/// <param name="Session">The leader's claim; steps of any other are refused.</param>
/// <param name="Lane">Which micro-batch, from 0. Lanes never share a row.</param>
/// <param name="Number">Grows with every step of the lane; an earlier one that arrives late is refused.</param>
/// <param name="Rows">Rows of the caches and places in them, R.</param>
/// <param name="Activations">Output of the layer before <c>[R, D]</c>.</param>
/// <param name="Texts">Texts of rows that start anew with this step; empty where the text is a prefix.</param>
public sealed record ShardStep(
    Guid Session, int Lane, long Number, IReadOnlyList<StepRow> Rows, float[] Activations, IReadOnlyList<ShardText> Texts);

/// <summary>The text that a row attends to from now on.</summary>
/// <param name="Row">The row.</param>
/// <param name="States">Text states <c>[T, D]</c>.</param>
/// <param name="Tokens">T.</param>
public sealed record ShardText(int Row, float[] States, int Tokens);

/// <summary>The way to the shard that follows in a session.</summary>
public interface IShardLink
{
    /// <summary>Runs the shard's layers.</summary>
    /// <param name="step">The step; its arrays are not changed by anyone meanwhile.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Output of the shard's last layer <c>[R, D]</c>; null when the shard is lost to this session.</returns>
    Task<float[]?> StepAsync(ShardStep step, CancellationToken cancellationToken);
}

/// <summary>The shards that a leader wants for a model.</summary>
/// <param name="Device">The leader's device.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Hash">The model's hash; shards of other weights are of no use.</param>
/// <param name="Shards">How many ranges, the leader's own among them.</param>
/// <param name="Rows">Rows of the caches.</param>
public sealed record ShardNeed(string Device, string Model, string Hash, int Shards, int Rows);

/// <summary>Finds shards for leaders.</summary>
public interface IShardLinks
{
    /// <summary>Begins to claim shards, and claims them anew whenever they are lost.</summary>
    /// <param name="need">Which shards.</param>
    IShardReplica Want(ShardNeed need);
}

/// <summary>A leader's claim to the other shards of one model.</summary>
public interface IShardReplica
{
    /// <summary>The session under which all of them are claimed; null while some are missing.</summary>
    ShardSession? Session { get; }
}

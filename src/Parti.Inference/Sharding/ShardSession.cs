namespace Parti.Inference.Sharding;

/// <summary>
/// Shards that work for one leader, from their claim to the loss of the first. Their caches are of this session alone: with another one,
/// every image starts again from its tokens. Safe for concurrent use.
/// </summary>
/// <param name="id">Its number; never used again.</param>
/// <param name="links">Shards 1 to n − 1 in order.</param>
public sealed class ShardSession(Guid id, IReadOnlyList<IShardLink> links)
{
    private volatile bool _lost;

    /// <summary>Its number.</summary>
    public Guid Id => id;

    /// <summary>Shards beside the leader's.</summary>
    public int Links => links.Count;

    /// <summary>Whether a shard is lost, and with it the session.</summary>
    public bool IsLost => _lost;

    /// <summary>Gives the session up.</summary>
    public void Lose() => _lost = true;

    /// <summary>Sends activations through all shards.</summary>
    /// <param name="step">The step, with the activations of the leader's last layer.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Output of the decoder's last layer <c>[R, D]</c>.</returns>
    /// <exception cref="EngineRequestException"><see cref="EngineRequestException.ShardLost"/>, transient: the session is over.</exception>
    public async Task<float[]> RunAsync(ShardStep step, CancellationToken cancellationToken)
    {
        for (int i = 0; i < links.Count; i++)
        {
            float[]? activations = _lost ? null : await links[i].StepAsync(step, cancellationToken).ConfigureAwait(false);
            if (activations is null)
            {
                _lost = true;
                throw Lost($"shard {i + 1}/{links.Count + 1} no longer works for this leader");
            }
            step = step with { Activations = activations };
        }
        return step.Activations;
    }

    internal static EngineRequestException Lost(string reason) => new(
        EngineRequestException.ShardLost, $"The model's shards are not complete: {reason}. Images go on with another worker, or here once all shards are claimed again.")
    {
        IsTransient = true,
    };
}

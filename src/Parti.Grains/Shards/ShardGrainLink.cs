using Microsoft.Extensions.Logging;
using Parti.Abstractions;
using Parti.Inference.Sharding;

namespace Parti.Grains.Shards;

/// <summary>The way to a shard on another silo. A step whose fate is unknown is sent again: it gives the same numbers.</summary>
/// <param name="shard">The shard.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where a loss is told.</param>
internal sealed class ShardGrainLink(IShardGrain shard, TimeProvider time, ILogger logger) : IShardLink
{
    private const int Tries = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <inheritdoc/>
    public async Task<float[]?> StepAsync(ShardStep step, CancellationToken cancellationToken)
    {
        ShardInput input = ShardWire.ToMessage(step);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return (await shard.StepAsync(input, cancellationToken)).Activations is { } output ? ShardWire.ToFloats(output) : null;
            }
            catch (Exception exception) when (attempt < Tries && CallAgain.IsUnknown(exception, cancellationToken))
            {
                await Task.Delay(Pause, time, cancellationToken);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                ShardLog.StepFailed(logger, shard.GetPrimaryKeyString(), exception);
                return null;
            }
        }
    }
}

using Parti.Inference.Kernels;

namespace Parti.Inference.Sharding;

/// <summary>Layers of a decoder without its ends, as read for one shard.</summary>
/// <param name="Sizes">Sizes of the whole decoder.</param>
/// <param name="Layers">The shard's layers.</param>
/// <param name="Rotary">What turns queries and keys, or null.</param>
sealed record ShardLayers(DecoderSizes Sizes, IReadOnlyList<LayerWeights> Layers, RotaryWeights? Rotary = null) : IDisposable
{
    /// <summary>Rows of the table that turns; 1 where there is none.</summary>
    public int Turns => Rotary?.Rows ?? 1;

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (LayerWeights layer in Layers)
        {
            layer.Dispose();
        }
        Rotary?.Dispose();
    }
}

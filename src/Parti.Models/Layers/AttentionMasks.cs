using Parti.Models.Checkpoints;
using static TorchSharp.torch;

namespace Parti.Models.Layers;

/// <summary>Biases added to attention scores: 0 where a key may be seen, a large negative number where not.</summary>
public static class AttentionMasks
{
    /// <summary>What hides a key. Finite, so that a row that hides every key stays a number.</summary>
    public const float Hidden = -1e9f;

    /// <summary>Hides padding.</summary>
    /// <param name="mask">True where a key is real <c>[B, T]</c>.</param>
    /// <returns><c>[B, 1, 1, T]</c>.</returns>
    public static Tensor Keys(Tensor mask)
    {
        using var scope = NewDisposeScope();
        return mask.logical_not().to(ScalarType.Float32).mul(Scalars.Of(Hidden)).unsqueeze(1).unsqueeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Which positions of the image a position sees: itself and all before it (dense), or those of them inside a square window
    /// around it without wrap-around at the row ends (Parti §3 after DALL·E, appendix B.1; the kernel is not published).
    /// </summary>
    /// <param name="architecture">Grid and attention kind.</param>
    /// <param name="device">Where the result is.</param>
    /// <returns><c>[N, N]</c>, row = query, column = key.</returns>
    public static Tensor Image(TransformerArchitecture architecture, Device? device = null)
    {
        int n = architecture.ImageTokens, columns = architecture.GridWidth, reach = architecture.Kernel / 2;
        float[] bias = new float[n * n];
        for (int q = 0; q < n; q++)
        {
            for (int k = 0; k < n; k++)
            {
                bool inside = architecture.Attention == AttentionKind.Dense
                    || (q / columns - k / columns <= reach && Math.Abs(q % columns - k % columns) <= reach);
                bias[q * n + k] = k <= q && inside ? 0 : Hidden;
            }
        }
        return tensor(bias, [n, n], device: device);
    }
}

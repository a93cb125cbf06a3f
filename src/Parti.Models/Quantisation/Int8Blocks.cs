using System.Runtime.InteropServices;
using TorchSharp;

namespace Parti.Models.Quantisation;

/// <summary>
/// Weight-only quantisation: the inputs of an output are cut into blocks of 128, and each block has one scale, its largest magnitude
/// divided by 127, so that one outlier costs the precision of its block alone. A weight becomes the nearest whole multiple of its scale.
/// </summary>
public static class Int8Blocks
{
    /// <summary>Inputs that share a scale; the last block of an output may be shorter.</summary>
    public const int Inputs = 128;

    const float Largest = 127;

    /// <summary>Blocks of an output.</summary>
    /// <param name="inputs">Its inputs, K.</param>
    public static int Count(int inputs) => (inputs + Inputs - 1) / Inputs;

    /// <summary>Quantises the weights of one output.</summary>
    /// <param name="weights">Weights <c>[K]</c>.</param>
    /// <param name="values">Takes whole numbers, −127 to 127, <c>[K]</c>.</param>
    /// <param name="scales">Takes the scale of each block, <c>[K / 128]</c>, rounded up; 0 for a block of zeros.</param>
    public static void Quantise(ReadOnlySpan<float> weights, Span<sbyte> values, Span<float> scales)
    {
        for (int block = 0; block < scales.Length; block++)
        {
            int first = block * Inputs, count = Math.Min(Inputs, weights.Length - first);
            scales[block] = Block(weights.Slice(first, count), values.Slice(first, count));
        }
    }

    /// <summary>Replaces a matrix by what is left of it after quantisation: what the plain path computes with.</summary>
    /// <param name="matrix">Weights <c>[N, K]</c>, float32, on the processor, contiguous.</param>
    public static void RoundTrip(torch.Tensor matrix)
    {
        int inputs = (int)matrix.shape[1];
        sbyte[] values = new sbyte[inputs];
        float[] scales = new float[Count(inputs)];
        Span<float> all = MemoryMarshal.Cast<byte, float>(matrix.bytes);
        for (int first = 0; first < all.Length; first += inputs)
        {
            Span<float> row = all.Slice(first, inputs);
            Quantise(row, values, scales);
            for (int k = 0; k < inputs; k++)
            {
                row[k] = values[k] * scales[k / Inputs];
            }
        }
    }

    static float Block(ReadOnlySpan<float> weights, Span<sbyte> values)
    {
        float largest = 0;
        foreach (float weight in weights)
        {
            largest = Math.Max(largest, Math.Abs(weight));
        }
        float scale = largest / Largest, inverse = scale > 0 ? 1 / scale : 0;
        for (int k = 0; k < weights.Length; k++)
        {
            values[k] = (sbyte)Math.Clamp(MathF.Round(weights[k] * inverse), -Largest, Largest);
        }
        return scale;
    }
}

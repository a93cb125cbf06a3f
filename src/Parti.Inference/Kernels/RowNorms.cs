using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Parti.Inference.Kernels;

/// <summary>Norms of one row, in an order that the lengths alone decide, as in <see cref="RowMath"/>.</summary>
static unsafe class RowNorms
{
    /// <summary>Layer norm with scale and shift: <c>(x − mean) / √(variance + ε) · scale + shift</c>.</summary>
    /// <param name="x">The row <c>[D]</c>.</param>
    /// <param name="scale"><c>[D]</c>.</param>
    /// <param name="shift"><c>[D]</c>.</param>
    /// <param name="width">D.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="y">The result <c>[D]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Normalize(float* x, float* scale, float* shift, int width, float epsilon, float* y)
    {
        float mean = RowMath.Sum(x, width) / width;
        float factor = 1 / MathF.Sqrt(SquaredDistance(x, mean, width) / width + epsilon);
        Vector256<float> means = Vector256.Create(mean), factors = Vector256.Create(factor);
        int i = 0;
        for (; i + 8 <= width; i += 8)
        {
            Vector256<float> normal = (Vector256.Load(x + i) - means) * factors;
            Vector256.FusedMultiplyAdd(normal, Vector256.Load(scale + i), Vector256.Load(shift + i)).Store(y + i);
        }
        for (; i < width; i++)
        {
            y[i] = MathF.FusedMultiplyAdd((x[i] - mean) * factor, scale[i], shift[i]);
        }
    }

    /// <summary>Root-mean-square norm: <c>x / √(mean(x²) + ε) · scale</c>.</summary>
    /// <inheritdoc cref="Normalize" path="/param"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void NormalizeByRoot(float* x, float* scale, int width, float epsilon, float* y)
    {
        float factor = 1 / MathF.Sqrt(SquaredDistance(x, 0, width) / width + epsilon);
        Vector256<float> factors = Vector256.Create(factor);
        int i = 0;
        for (; i + 8 <= width; i += 8)
        {
            (Vector256.Load(x + i) * factors * Vector256.Load(scale + i)).Store(y + i);
        }
        for (; i < width; i++)
        {
            y[i] = x[i] * factor * scale[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static float SquaredDistance(float* x, float mean, int count)
    {
        Vector256<float> sums = Vector256<float>.Zero, means = Vector256.Create(mean);
        int i = 0;
        for (; i + 8 <= count; i += 8)
        {
            Vector256<float> distance = Vector256.Load(x + i) - means;
            sums = Vector256.FusedMultiplyAdd(distance, distance, sums);
        }
        float sum = RowMath.Across(sums);
        for (; i < count; i++)
        {
            sum = MathF.FusedMultiplyAdd(x[i] - mean, x[i] - mean, sum);
        }
        return sum;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Parti.Inference.Kernels.Pictures;

/// <summary>
/// F(4x4, 3x3) of Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks": a tile of six by six inputs gives four by four
/// outputs with 36 multiplications in place of 144. Everything is eight channels at a time.
/// </summary>
static unsafe class WinogradTransform
{
    /// <summary>Edge of the outputs of a tile.</summary>
    public const int Edge = 4;

    /// <summary>Edge of its inputs.</summary>
    public const int Reach = Edge + 2;

    /// <summary>Products of a tile.</summary>
    public const int Products = Reach * Reach;

    private const int Lanes = 8;

    // G: one row for each of the points 0, 1, -1, 2, -2 and infinity.
    private static readonly double[,] Kernel =
    {
        { 1 / 4.0, 0, 0 }, { -1 / 6.0, -1 / 6.0, -1 / 6.0 }, { -1 / 6.0, 1 / 6.0, -1 / 6.0 }, { 1 / 24.0, 1 / 12.0, 1 / 6.0 }, { 1 / 24.0, -1 / 12.0, 1 / 6.0 }, { 0, 0, 1 },
    };

    /// <summary>A weight of a tile's product: an element of <c>G g Gᵀ</c>.</summary>
    /// <param name="weights">The kernel g <c>[3, 3]</c>.</param>
    /// <param name="product">0 to 35.</param>
    public static float Weight(ReadOnlySpan<float> weights, int product)
    {
        (int down, int right) = (product / Reach, product % Reach);
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            sum += Kernel[down, i / 3] * weights[i] * Kernel[right, i % 3];
        }
        return (float)sum;
    }

    /// <summary>Inputs of a tile to the factors of its products: <c>Bᵀ d B</c>.</summary>
    /// <param name="cells">The 36 cells, row by row.</param>
    /// <param name="channels">Channels, a multiple of 8.</param>
    /// <param name="to">Channels of the first product's factors.</param>
    /// <param name="stride">Floats from a product to the next.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Inputs(float** cells, int channels, float* to, long stride)
    {
        float* between = stackalloc float[Products * Lanes];
        for (int c = 0; c < channels; c += Lanes)
        {
            for (int column = 0; column < Reach; column++)
            {
                float** at = cells + column;
                float* result = between + column * Lanes;
                Points(
                    Vector256.Load(at[0] + c), Vector256.Load(at[6] + c), Vector256.Load(at[12] + c), Vector256.Load(at[18] + c), Vector256.Load(at[24] + c),
                    Vector256.Load(at[30] + c), result, Reach * Lanes);
            }
            for (int row = 0; row < Reach; row++)
            {
                float* at = between + row * Reach * Lanes;
                Points(
                    Vector256.Load(at), Vector256.Load(at + 8), Vector256.Load(at + 16), Vector256.Load(at + 24), Vector256.Load(at + 32), Vector256.Load(at + 40),
                    to + row * Reach * stride + c, stride);
            }
        }
    }

    /// <summary>Products of a tile to its outputs: <c>Aᵀ m A</c>.</summary>
    /// <param name="products">Eight channels of the first product.</param>
    /// <param name="stride">Floats from a product to the next.</param>
    /// <param name="to">The outputs <c>[4, 4, 8]</c>.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Outputs(float* products, long stride, float* to)
    {
        float* between = stackalloc float[Edge * Reach * Lanes];
        for (int column = 0; column < Reach; column++)
        {
            Values(products + column * stride, Reach * stride, between + column * Lanes, Reach * Lanes);
        }
        for (int row = 0; row < Edge; row++)
        {
            Values(between + row * Reach * Lanes, Lanes, to + row * Edge * Lanes, Lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Points(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d, Vector256<float> e, Vector256<float> f, float* to, long stride)
    {
        Vector256<float> four = Vector256.Create(-4f), five = Vector256.Create(-5f);
        Vector256.FusedMultiplyAdd(c, five, Vector256.FusedMultiplyAdd(a, -four, e)).Store(to);
        Vector256<float> even = Vector256.FusedMultiplyAdd(c, four, e), odd = Vector256.FusedMultiplyAdd(b, four, d);
        (even + odd).Store(to + stride);
        (even - odd).Store(to + 2 * stride);
        even = e - c;
        odd = d - b;
        odd += odd;
        (even + odd).Store(to + 3 * stride);
        (even - odd).Store(to + 4 * stride);
        Vector256.FusedMultiplyAdd(d, five, Vector256.FusedMultiplyAdd(b, -four, f)).Store(to + 5 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Values(float* from, long stride, float* to, long step)
    {
        Vector256<float> b = Vector256.Load(from + stride), c = Vector256.Load(from + 2 * stride), d = Vector256.Load(from + 3 * stride), e = Vector256.Load(from + 4 * stride);
        Vector256<float> near = b + c, far = d + e;
        (Vector256.Load(from) + near + far).Store(to);
        Vector256.FusedMultiplyAdd(far, Vector256.Create(4f), near).Store(to + 2 * step);
        near = b - c;
        far = d - e;
        Vector256.FusedMultiplyAdd(far, Vector256.Create(2f), near).Store(to + step);
        (Vector256.FusedMultiplyAdd(far, Vector256.Create(8f), near) + Vector256.Load(from + 5 * stride)).Store(to + 3 * step);
    }
}

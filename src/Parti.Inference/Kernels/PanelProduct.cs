using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Parti.Inference.Kernels;

/// <summary>
/// Rows times one panel of a <see cref="PackedMatrix"/>. Output n of row r is <c>fma(x[K-1], w[n, K-1], … fma(x[0], w[n, 0], 0))</c>:
/// one chain in ascending order, whatever the number of rows, threads or the width of the machine's vectors, so that a row's bits depend
/// on that row alone and are the same on every machine. Compiled at full strength at once: the first picture ends before the runtime
/// would compile it a second time.
/// </summary>
static unsafe class PanelProduct
{
    const int Width = PackedMatrix.PanelWidth;

    // So many inputs of a panel, 16 KiB, stay in the first cache while every row passes over them.
    const int BlockInputs = 128;

    /// <summary>Fills the panel's columns of every row.</summary>
    /// <param name="matrix">Weights.</param>
    /// <param name="panel">Panel, from 0.</param>
    /// <param name="x">Rows <c>[R, K]</c>.</param>
    /// <param name="stride">Floats from a row of <paramref name="x"/> to the next.</param>
    /// <param name="rows">R.</param>
    /// <param name="y">Results <c>[R, N]</c>, the matrix's <see cref="PackedMatrix.Stride"/> apart.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(PackedMatrix matrix, int panel, float* x, int stride, int rows, float* y)
    {
        float* weights = matrix.Panel(panel);
        float* result = y + panel * Width;
        int outputs = matrix.Stride;
        for (int first = 0; first < matrix.Inputs; first += BlockInputs)
        {
            int count = Math.Min(BlockInputs, matrix.Inputs - first);
            float* block = weights + (long)first * Width;
            int row = 0;
            for (; row + 1 < rows; row += 2)
            {
                Two(block, x + (long)row * stride + first, stride, count, result + (long)row * outputs, outputs, first == 0);
            }
            if (row < rows)
            {
                One(block, x + (long)row * stride + first, count, result + (long)row * outputs, first == 0);
            }
        }
    }

    // Eight accumulators: with two multiply-adds a cycle of four cycles' latency, what keeps the units busy.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Two(float* w, float* x, int stride, int count, float* y, int outputs, bool start)
    {
        float* z = y + outputs;
        Vector256<float> a0 = Begin(y, start), a1 = Begin(y + 8, start), a2 = Begin(y + 16, start), a3 = Begin(y + 24, start);
        Vector256<float> b0 = Begin(z, start), b1 = Begin(z + 8, start), b2 = Begin(z + 16, start), b3 = Begin(z + 24, start);
        for (int k = 0; k < count; k++, w += Width)
        {
            Vector256<float> w0 = Vector256.Load(w), w1 = Vector256.Load(w + 8), w2 = Vector256.Load(w + 16), w3 = Vector256.Load(w + 24);
            Vector256<float> p = Vector256.Create(x[k]), q = Vector256.Create(x[stride + k]);
            a0 = Vector256.FusedMultiplyAdd(p, w0, a0);
            a1 = Vector256.FusedMultiplyAdd(p, w1, a1);
            a2 = Vector256.FusedMultiplyAdd(p, w2, a2);
            a3 = Vector256.FusedMultiplyAdd(p, w3, a3);
            b0 = Vector256.FusedMultiplyAdd(q, w0, b0);
            b1 = Vector256.FusedMultiplyAdd(q, w1, b1);
            b2 = Vector256.FusedMultiplyAdd(q, w2, b2);
            b3 = Vector256.FusedMultiplyAdd(q, w3, b3);
        }
        Store(y, a0, a1, a2, a3);
        Store(z, b0, b1, b2, b3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void One(float* w, float* x, int count, float* y, bool start)
    {
        Vector256<float> a0 = Begin(y, start), a1 = Begin(y + 8, start), a2 = Begin(y + 16, start), a3 = Begin(y + 24, start);
        for (int k = 0; k < count; k++, w += Width)
        {
            Vector256<float> p = Vector256.Create(x[k]);
            a0 = Vector256.FusedMultiplyAdd(p, Vector256.Load(w), a0);
            a1 = Vector256.FusedMultiplyAdd(p, Vector256.Load(w + 8), a1);
            a2 = Vector256.FusedMultiplyAdd(p, Vector256.Load(w + 16), a2);
            a3 = Vector256.FusedMultiplyAdd(p, Vector256.Load(w + 24), a3);
        }
        Store(y, a0, a1, a2, a3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Begin(float* y, bool start) => start ? Vector256<float>.Zero : Vector256.Load(y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store(float* y, Vector256<float> v0, Vector256<float> v1, Vector256<float> v2, Vector256<float> v3)
    {
        v0.Store(y);
        v1.Store(y + 8);
        v2.Store(y + 16);
        v3.Store(y + 24);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Parti.Inference.Kernels;

/// <summary>Rows on their way through a panel.</summary>
/// <param name="x">Rows <c>[R, K]</c>.</param>
/// <param name="stride">Floats from a row of <paramref name="x"/> to the next.</param>
/// <param name="y">The panel's columns of the results.</param>
/// <param name="outputs">Floats from a row of <paramref name="y"/> to the next.</param>
/// <param name="count">R.</param>
readonly unsafe struct PanelRows(float* x, int stride, float* y, int outputs, int count)
{
    public readonly float* X = x, Y = y;
    public readonly int Stride = stride, Outputs = outputs, Count = count;
}

/// <summary>Rows times a block of a panel: at most 128 inputs of 32 outputs.</summary>
/// <typeparam name="T">How the weights are read.</typeparam>
static unsafe class PanelBlock<T>
    where T : IPanelWeights
{
    const int Width = PackedMatrix.PanelWidth;

    const int RowsTogether = 3;

    /// <summary>Adds the block's part to the results; the first block begins them.</summary>
    /// <param name="weights">Weights <c>[count, 32]</c>.</param>
    /// <param name="scales">Scales <c>[32]</c> where <see cref="IPanelWeights.Scaled"/>.</param>
    /// <param name="first">First input of the block.</param>
    /// <param name="count">Inputs of the block.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="next">What is read from memory after this block.</param>
    /// <param name="nextBytes">How much that is.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(void* weights, float* scales, int first, int count, PanelRows rows, byte* next, int nextBytes)
    {
        bool start = first == 0;
        // With many rows a block takes longer to compute than the next one to arrive: it is asked for in even shares.
        int lines = Math.Max(1, nextBytes * RowsTogether / (CacheLines.Bytes * rows.Count)), every = Math.Max(1, count / lines);
        float* x = rows.X + first, y = rows.Y;
        int left = rows.Count;
        for (; left > 4 || left == RowsTogether; left -= RowsTogether, x += RowsTogether * rows.Stride, y += RowsTogether * rows.Outputs, next += lines * CacheLines.Bytes)
        {
            Three((byte*)weights, scales, x, rows.Stride, count, y, rows.Outputs, start, next, every);
        }
        for (; left >= 2; left -= 2, x += 2 * rows.Stride, y += 2 * rows.Outputs)
        {
            Two((byte*)weights, scales, x, rows.Stride, count, y, rows.Outputs, start);
        }
        if (left == 1)
        {
            One((byte*)weights, scales, x, count, y, start);
        }
    }

    // Twelve accumulators, three inputs and a weight: all sixteen registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Three(byte* w, float* scales, float* x, int stride, int count, float* y, int outputs, bool start, byte* next, int every)
    {
        float* z = y + outputs, v = z + outputs;
        Vector256<float> a0 = Begin(y, start), a1 = Begin(y + 8, start), a2 = Begin(y + 16, start), a3 = Begin(y + 24, start);
        Vector256<float> b0 = Begin(z, start), b1 = Begin(z + 8, start), b2 = Begin(z + 16, start), b3 = Begin(z + 24, start);
        Vector256<float> c0 = Begin(v, start), c1 = Begin(v + 8, start), c2 = Begin(v + 16, start), c3 = Begin(v + 24, start);
        for (float* end = x + count; x < end; next += CacheLines.Bytes)
        {
            CacheLines.AskSecond(next);
            for (float* until = end - x < every ? end : x + every; x < until; x++, w += Width * T.Bytes)
            {
                Vector256<float> p = Vector256.Create(*x), q = Vector256.Create(x[stride]), r = Vector256.Create(x[2 * stride]), u = T.Load(w);
                a0 = Vector256.FusedMultiplyAdd(p, u, a0);
                b0 = Vector256.FusedMultiplyAdd(q, u, b0);
                c0 = Vector256.FusedMultiplyAdd(r, u, c0);
                u = T.Load(w + 8 * T.Bytes);
                a1 = Vector256.FusedMultiplyAdd(p, u, a1);
                b1 = Vector256.FusedMultiplyAdd(q, u, b1);
                c1 = Vector256.FusedMultiplyAdd(r, u, c1);
                u = T.Load(w + 16 * T.Bytes);
                a2 = Vector256.FusedMultiplyAdd(p, u, a2);
                b2 = Vector256.FusedMultiplyAdd(q, u, b2);
                c2 = Vector256.FusedMultiplyAdd(r, u, c2);
                u = T.Load(w + 24 * T.Bytes);
                a3 = Vector256.FusedMultiplyAdd(p, u, a3);
                b3 = Vector256.FusedMultiplyAdd(q, u, b3);
                c3 = Vector256.FusedMultiplyAdd(r, u, c3);
            }
        }
        End(y, scales, a0, a1, a2, a3, start);
        End(z, scales, b0, b1, b2, b3, start);
        End(v, scales, c0, c1, c2, c3, start);
    }

    // Eight accumulators: with two multiply-adds a cycle of four cycles' latency, what keeps the units busy.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Two(byte* w, float* scales, float* x, int stride, int count, float* y, int outputs, bool start)
    {
        float* z = y + outputs;
        Vector256<float> a0 = Begin(y, start), a1 = Begin(y + 8, start), a2 = Begin(y + 16, start), a3 = Begin(y + 24, start);
        Vector256<float> b0 = Begin(z, start), b1 = Begin(z + 8, start), b2 = Begin(z + 16, start), b3 = Begin(z + 24, start);
        for (int k = 0; k < count; k++, w += Width * T.Bytes)
        {
            Vector256<float> w0 = T.Load(w), w1 = T.Load(w + 8 * T.Bytes), w2 = T.Load(w + 16 * T.Bytes), w3 = T.Load(w + 24 * T.Bytes);
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
        End(y, scales, a0, a1, a2, a3, start);
        End(z, scales, b0, b1, b2, b3, start);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void One(byte* w, float* scales, float* x, int count, float* y, bool start)
    {
        Vector256<float> a0 = Begin(y, start), a1 = Begin(y + 8, start), a2 = Begin(y + 16, start), a3 = Begin(y + 24, start);
        for (int k = 0; k < count; k++, w += Width * T.Bytes)
        {
            Vector256<float> p = Vector256.Create(x[k]);
            a0 = Vector256.FusedMultiplyAdd(p, T.Load(w), a0);
            a1 = Vector256.FusedMultiplyAdd(p, T.Load(w + 8 * T.Bytes), a1);
            a2 = Vector256.FusedMultiplyAdd(p, T.Load(w + 16 * T.Bytes), a2);
            a3 = Vector256.FusedMultiplyAdd(p, T.Load(w + 24 * T.Bytes), a3);
        }
        End(y, scales, a0, a1, a2, a3, start);
    }

    // Scaled blocks are chains of their own; the others go on where the block before them ended.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Begin(float* y, bool start) => T.Scaled || start ? Vector256<float>.Zero : Vector256.Load(y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void End(float* y, float* scales, Vector256<float> v0, Vector256<float> v1, Vector256<float> v2, Vector256<float> v3, bool start)
    {
        if (T.Scaled)
        {
            v0 = Vector256.FusedMultiplyAdd(Vector256.Load(scales), v0, start ? Vector256<float>.Zero : Vector256.Load(y));
            v1 = Vector256.FusedMultiplyAdd(Vector256.Load(scales + 8), v1, start ? Vector256<float>.Zero : Vector256.Load(y + 8));
            v2 = Vector256.FusedMultiplyAdd(Vector256.Load(scales + 16), v2, start ? Vector256<float>.Zero : Vector256.Load(y + 16));
            v3 = Vector256.FusedMultiplyAdd(Vector256.Load(scales + 24), v3, start ? Vector256<float>.Zero : Vector256.Load(y + 24));
        }
        v0.Store(y);
        v1.Store(y + 8);
        v2.Store(y + 16);
        v3.Store(y + 24);
    }
}

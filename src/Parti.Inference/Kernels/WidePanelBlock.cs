using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Parti.Inference.Kernels;

/// <summary>
/// <see cref="PanelBlock{T}"/> for many rows on machines with vectors of sixteen: eight rows pass over the block together. An output has the
/// same lane of its own and the same chain of multiply-adds, so that the bits are those of the narrow block.
/// </summary>
/// <typeparam name="T">How the weights are read.</typeparam>
static unsafe class WidePanelBlock<T>
    where T : IPanelWeights
{
    const int Width = PackedMatrix.PanelWidth;

    const int RowsTogether = 8;

    /// <summary>Whether the wide way pays: fewer rows wait for memory, not for sums.</summary>
    public static bool IsFor(int rows) => Vector512.IsHardwareAccelerated && rows >= RowsTogether;

    /// <inheritdoc cref="PanelBlock{T}.Multiply"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(void* weights, float* scales, int first, int count, PanelRows rows, byte* next, int nextBytes)
    {
        bool start = first == 0;
        int groups = rows.Count / RowsTogether;
        // As in the narrow block, what is read next is asked for in even shares.
        int lines = Math.Max(1, nextBytes / (CacheLines.Bytes * Math.Max(1, groups))), every = Math.Max(1, count / lines);
        float* x = rows.X + first, y = rows.Y;
        for (int group = 0; group < groups; group++, x += RowsTogether * rows.Stride, y += RowsTogether * rows.Outputs, next += lines * CacheLines.Bytes)
        {
            Eight((byte*)weights, scales, x, rows.Stride, count, y, rows.Outputs, start, next, every);
        }
        int left = rows.Count - groups * RowsTogether;
        if (left >= 4)
        {
            Four((byte*)weights, scales, x, rows.Stride, count, y, rows.Outputs, start);
            left -= 4;
            x += 4 * rows.Stride;
            y += 4 * rows.Outputs;
        }
        if (left > 0)
        {
            PanelBlock<T>.Multiply(weights, scales, first, count, new(x - first, rows.Stride, y, rows.Outputs, left), next, 0);
        }
    }

    // Sixteen accumulators, two weights and a row's input.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Eight(byte* w, float* scales, float* x, int stride, int count, float* y, int outputs, bool start, byte* next, int every)
    {
        float* y2 = y + 2 * outputs, y4 = y + 4 * outputs, y6 = y + 6 * outputs, x4 = x + 4 * stride;
        Vector512<float> a0 = Begin(y, start), a1 = Begin(y + 16, start), b0 = Begin(y + outputs, start), b1 = Begin(y + outputs + 16, start);
        Vector512<float> c0 = Begin(y2, start), c1 = Begin(y2 + 16, start), d0 = Begin(y2 + outputs, start), d1 = Begin(y2 + outputs + 16, start);
        Vector512<float> e0 = Begin(y4, start), e1 = Begin(y4 + 16, start), f0 = Begin(y4 + outputs, start), f1 = Begin(y4 + outputs + 16, start);
        Vector512<float> g0 = Begin(y6, start), g1 = Begin(y6 + 16, start), h0 = Begin(y6 + outputs, start), h1 = Begin(y6 + outputs + 16, start);
        for (float* end = x + count; x < end; next += CacheLines.Bytes)
        {
            CacheLines.AskSecond(next);
            for (float* until = end - x < every ? end : x + every; x < until; x++, x4++, w += Width * T.Bytes)
            {
                Vector512<float> u = T.LoadWide(w), v = T.LoadWide(w + 16 * T.Bytes);
                Add(*x, u, v, ref a0, ref a1);
                Add(x[stride], u, v, ref b0, ref b1);
                Add(x[2 * stride], u, v, ref c0, ref c1);
                Add(x[3 * stride], u, v, ref d0, ref d1);
                Add(*x4, u, v, ref e0, ref e1);
                Add(x4[stride], u, v, ref f0, ref f1);
                Add(x4[2 * stride], u, v, ref g0, ref g1);
                Add(x4[3 * stride], u, v, ref h0, ref h1);
            }
        }
        End(y, scales, a0, a1, start);
        End(y + outputs, scales, b0, b1, start);
        End(y2, scales, c0, c1, start);
        End(y2 + outputs, scales, d0, d1, start);
        End(y4, scales, e0, e1, start);
        End(y4 + outputs, scales, f0, f1, start);
        End(y6, scales, g0, g1, start);
        End(y6 + outputs, scales, h0, h1, start);
    }

    // Eight accumulators: what keeps two units of four cycles' latency busy.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Four(byte* w, float* scales, float* x, int stride, int count, float* y, int outputs, bool start)
    {
        float* y2 = y + 2 * outputs;
        Vector512<float> a0 = Begin(y, start), a1 = Begin(y + 16, start), b0 = Begin(y + outputs, start), b1 = Begin(y + outputs + 16, start);
        Vector512<float> c0 = Begin(y2, start), c1 = Begin(y2 + 16, start), d0 = Begin(y2 + outputs, start), d1 = Begin(y2 + outputs + 16, start);
        for (float* end = x + count; x < end; x++, w += Width * T.Bytes)
        {
            Vector512<float> u = T.LoadWide(w), v = T.LoadWide(w + 16 * T.Bytes);
            Add(*x, u, v, ref a0, ref a1);
            Add(x[stride], u, v, ref b0, ref b1);
            Add(x[2 * stride], u, v, ref c0, ref c1);
            Add(x[3 * stride], u, v, ref d0, ref d1);
        }
        End(y, scales, a0, a1, start);
        End(y + outputs, scales, b0, b1, start);
        End(y2, scales, c0, c1, start);
        End(y2 + outputs, scales, d0, d1, start);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add(float input, Vector512<float> u, Vector512<float> v, ref Vector512<float> sum0, ref Vector512<float> sum1)
    {
        Vector512<float> inputs = Vector512.Create(input);
        sum0 = Vector512.FusedMultiplyAdd(inputs, u, sum0);
        sum1 = Vector512.FusedMultiplyAdd(inputs, v, sum1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Begin(float* y, bool start) => T.Scaled || start ? Vector512<float>.Zero : Vector512.Load(y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void End(float* y, float* scales, Vector512<float> v0, Vector512<float> v1, bool start)
    {
        if (T.Scaled)
        {
            v0 = Vector512.FusedMultiplyAdd(Vector512.Load(scales), v0, start ? Vector512<float>.Zero : Vector512.Load(y));
            v1 = Vector512.FusedMultiplyAdd(Vector512.Load(scales + 16), v1, start ? Vector512<float>.Zero : Vector512.Load(y + 16));
        }
        v0.Store(y);
        v1.Store(y + 16);
    }
}

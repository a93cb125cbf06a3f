using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

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

/// <summary>How the weights of a block are read; resolved when the code is compiled, so that a choice costs nothing per weight.</summary>
unsafe interface IPanelWeights
{
    /// <summary>Bytes of a weight.</summary>
    static abstract int Bytes { get; }

    /// <summary>Whether a block's sums are multiplied by scales before they are added to the result.</summary>
    static abstract bool Scaled { get; }

    /// <summary>Eight neighbouring weights.</summary>
    static abstract Vector256<float> Load(byte* at);
}

/// <summary>Float32 weights.</summary>
readonly unsafe struct FloatWeights : IPanelWeights
{
    public static int Bytes => sizeof(float);

    public static bool Scaled => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* at) => Vector256.Load((float*)at);
}

/// <summary>Eight-bit weights, turned into floats on the way.</summary>
readonly unsafe struct Int8Weights : IPanelWeights
{
    public static int Bytes => 1;

    public static bool Scaled => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* at) => Avx2.IsSupported
        ? Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32((sbyte*)at))
        : Vector256.ConvertToSingle(Vector256.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(long*)at).AsSByte()).ToVector256Unsafe()));

    /// <summary>Turns weights into floats.</summary>
    /// <param name="weights">Weights.</param>
    /// <param name="count">How many, a multiple of 8.</param>
    /// <param name="to">Takes them.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack(sbyte* weights, int count, float* to)
    {
        for (int i = 0; i < count; i += 8)
        {
            Load((byte*)weights + i).Store(to + i);
        }
    }
}

/// <summary>Eight-bit weights that <see cref="Int8Weights.Unpack"/> has turned into floats.</summary>
readonly unsafe struct UnpackedInt8Weights : IPanelWeights
{
    public static int Bytes => sizeof(float);

    public static bool Scaled => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* at) => Vector256.Load((float*)at);
}

/// <summary>Rows times a block of a panel: at most 128 inputs of 32 outputs.</summary>
/// <typeparam name="T">How the weights are read.</typeparam>
static unsafe class PanelBlock<T>
    where T : IPanelWeights
{
    const int Width = PackedMatrix.PanelWidth;

    /// <summary>Adds the block's part to the results; the first block begins them.</summary>
    /// <param name="weights">Weights <c>[count, 32]</c>.</param>
    /// <param name="scales">Scales <c>[32]</c> where <see cref="IPanelWeights.Scaled"/>.</param>
    /// <param name="first">First input of the block.</param>
    /// <param name="count">Inputs of the block.</param>
    /// <param name="rows">Rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(void* weights, float* scales, int first, int count, PanelRows rows)
    {
        int row = 0;
        for (; row + 1 < rows.Count; row += 2)
        {
            Two((byte*)weights, scales, rows.X + (long)row * rows.Stride + first, rows.Stride, count, rows.Y + (long)row * rows.Outputs, rows.Outputs, first == 0);
        }
        if (row < rows.Count)
        {
            One((byte*)weights, scales, rows.X + (long)row * rows.Stride + first, count, rows.Y + (long)row * rows.Outputs, first == 0);
        }
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

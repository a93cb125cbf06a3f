using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Parti.Inference.Kernels;

/// <summary>How the weights of a block are read; resolved when the code is compiled, so that a choice costs nothing per weight.</summary>
unsafe interface IPanelWeights
{
    /// <summary>Bytes of a weight.</summary>
    static abstract int Bytes { get; }

    /// <summary>Whether a block's sums are multiplied by scales before they are added to the result.</summary>
    static abstract bool Scaled { get; }

    /// <summary>Eight neighbouring weights.</summary>
    static abstract Vector256<float> Load(byte* at);

    /// <summary>Sixteen neighbouring weights.</summary>
    static abstract Vector512<float> LoadWide(byte* at);
}

/// <summary>Float32 weights.</summary>
readonly unsafe struct FloatWeights : IPanelWeights
{
    public static int Bytes => sizeof(float);

    public static bool Scaled => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* at) => Vector256.Load((float*)at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadWide(byte* at) => Vector512.Load((float*)at);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadWide(byte* at) => Vector512.Create(Load(at), Load(at + 8));

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadWide(byte* at) => Vector512.Load((float*)at);
}

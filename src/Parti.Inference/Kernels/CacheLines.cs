using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Parti.Inference.Kernels;

/// <summary>Memory that will be read soon. Where a processor has no such hint for the runtime, nothing happens.</summary>
static unsafe class CacheLines
{
    /// <summary>Bytes of a line.</summary>
    public const int Bytes = 64;

    const int Floats = Bytes / sizeof(float);

    /// <summary>Asks for some floats, into the first cache.</summary>
    /// <param name="start">The first.</param>
    /// <param name="count">How many.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ask(float* start, int count)
    {
        if (Sse.IsSupported)
        {
            for (int i = 0; i < count; i += Floats)
            {
                Sse.Prefetch0(start + i);
            }
        }
    }

    /// <summary>Asks for a line, into the second cache: for when the first one is full of what is in use.</summary>
    /// <param name="line">Anywhere in it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AskSecond(byte* line)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch1(line);
        }
    }
}

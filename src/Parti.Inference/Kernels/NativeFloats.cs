using System.Runtime.InteropServices;

namespace Parti.Inference.Kernels;

/// <summary>Zeroed float32 memory outside the managed heap, aligned to cache lines, so that the collector neither moves nor scans it.</summary>
sealed unsafe class NativeFloats : IDisposable
{
    const nuint Alignment = 64;

    float* _pointer;

    /// <summary>Allocates.</summary>
    /// <param name="count">Floats, at least 1.</param>
    /// <exception cref="OutOfMemoryException">There is not that much memory.</exception>
    public NativeFloats(long count)
    {
        Count = count;
        nuint bytes = checked((nuint)count * sizeof(float));
        bool large = bytes >= LargePages.Size;
        _pointer = (float*)NativeMemory.AlignedAlloc(bytes, large ? LargePages.Size : Alignment);
        if (large)
        {
            // Before the first touch: that is when pages are given out.
            LargePages.Ask(_pointer, bytes);
        }
        NativeMemory.Clear(_pointer, bytes);
        GC.AddMemoryPressure(count * sizeof(float));
    }

    ~NativeFloats() => Free();

    /// <summary>A copy of some numbers.</summary>
    /// <param name="values">At least one.</param>
    public static NativeFloats Of(float[] values)
    {
        NativeFloats copy = new(values.LongLength);
        values.CopyTo(copy.Span(0, values.Length));
        return copy;
    }

    /// <summary>Floats.</summary>
    public long Count { get; }

    /// <summary>The first float; valid until disposed.</summary>
    public float* Pointer => _pointer;

    /// <summary>A part as a span.</summary>
    public Span<float> Span(long start, int count) => new(_pointer + start, count);

    /// <inheritdoc />
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    void Free()
    {
        if (_pointer is not null)
        {
            NativeMemory.AlignedFree(_pointer);
            _pointer = null;
            GC.RemoveMemoryPressure(Count * sizeof(float));
        }
    }
}

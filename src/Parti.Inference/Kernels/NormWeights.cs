namespace Parti.Inference.Kernels;

/// <summary>A layer norm over W numbers, with scale and shift, ε 1e-5.</summary>
/// <param name="scale"><c>[W]</c>.</param>
/// <param name="shift"><c>[W]</c>.</param>
sealed unsafe class NormWeights(float[] scale, float[] shift) : IDisposable
{
    readonly NativeFloats _scale = NativeFloats.Of(scale), _shift = NativeFloats.Of(shift);

    /// <summary>W.</summary>
    public int Width { get; } = scale.Length;

    /// <summary>Normalises a row.</summary>
    /// <param name="x"><c>[W]</c>.</param>
    /// <param name="y"><c>[W]</c>; may be <paramref name="x"/>.</param>
    public void Apply(float* x, float* y) => RowMath.Normalize(x, _scale.Pointer, _shift.Pointer, Width, y);

    /// <inheritdoc />
    public void Dispose()
    {
        _scale.Dispose();
        _shift.Dispose();
    }
}

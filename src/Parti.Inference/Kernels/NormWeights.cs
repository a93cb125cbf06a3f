namespace Parti.Inference.Kernels;

/// <summary>A norm over W numbers: a layer norm with scale and shift, or a root-mean-square norm with a scale alone.</summary>
/// <param name="scale"><c>[W]</c>.</param>
/// <param name="shift"><c>[W]</c>; null for a root-mean-square norm.</param>
/// <param name="epsilon">ε.</param>
sealed unsafe class NormWeights(float[] scale, float[]? shift, float epsilon = 1e-5f) : IDisposable
{
    readonly NativeFloats _scale = NativeFloats.Of(scale);
    readonly NativeFloats? _shift = shift is null ? null : NativeFloats.Of(shift);

    /// <summary>W.</summary>
    public int Width { get; } = scale.Length;

    /// <summary>Normalises a row.</summary>
    /// <param name="x"><c>[W]</c>.</param>
    /// <param name="y"><c>[W]</c>; may be <paramref name="x"/>.</param>
    public void Apply(float* x, float* y)
    {
        if (_shift is null)
        {
            RowNorms.NormalizeByRoot(x, _scale.Pointer, Width, epsilon, y);
        }
        else
        {
            RowNorms.Normalize(x, _scale.Pointer, _shift.Pointer, Width, epsilon, y);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _scale.Dispose();
        _shift?.Dispose();
    }
}

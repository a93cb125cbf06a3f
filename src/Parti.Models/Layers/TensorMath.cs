using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Layers;

/// <summary>
/// Operations that TorchSharp builds on a temporary <see cref="Scalar"/> of its own, such as the factor 1 of a sum: the collector may free
/// it while the native call reads it, which ends the process, the sooner the more other threads allocate. Here every scalar lives as long
/// as the process. <c>BannedSymbols.txt</c> lists the originals; a test reads TorchSharp for more of them.
/// </summary>
public static class TensorMath
{
    /// <summary>x + y.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="y">Broadcastable to it.</param>
    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, Scalars.Of(1L));

    /// <inheritdoc cref="Plus(Tensor, Tensor)"/>
    public static Tensor Plus(this Tensor x, Scalar y) => x.add(y, Scalars.Of(1L));

    /// <summary>x + y, kept in x.</summary>
    /// <param name="x">Any shape; changed.</param>
    /// <param name="y">Broadcastable to it.</param>
    /// <returns>x.</returns>
    public static Tensor PlusInPlace(this Tensor x, Tensor y) => x.add_(y, Scalars.Of(1L));

    /// <inheritdoc cref="PlusInPlace(Tensor, Tensor)"/>
    public static Tensor PlusInPlace(this Tensor x, Scalar y) => x.add_(y, Scalars.Of(1L));

    /// <summary>x².</summary>
    /// <param name="x">Any shape.</param>
    public static Tensor Squared(this Tensor x) => x.pow(Scalars.Of(2L));

    /// <summary>x where it is positive, a share of it elsewhere.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="slope">The share: 0 to 1.</param>
    public static Tensor LeakyRelu(this Tensor x, double slope)
    {
        using DisposeScope scope = NewDisposeScope();
        return maximum(x, x.mul(Scalars.Of(slope))).MoveToOuterDisposeScope();
    }

    /// <summary>ln(1 + eˣ), without overflow.</summary>
    /// <param name="x">Any shape.</param>
    public static Tensor Softplus(this Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        return x.relu().Plus(x.abs().neg().exp().log1p()).MoveToOuterDisposeScope();
    }

    /// <summary>GELU in its approximation by a hyperbolic tangent, <c>x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))</c>.</summary>
    /// <param name="x">Any shape.</param>
    public static Tensor GeluTanh(this Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor inner = x.pow(Scalars.Of(3L)).mul(Scalars.Of(0.044715)).Plus(x).mul(Scalars.Of(Math.Sqrt(2 / Math.PI)));
        return inner.tanh().Plus(Scalars.Of(1L)).mul(x).mul(Scalars.Of(0.5)).MoveToOuterDisposeScope();
    }

    /// <summary>0, 1, … as int64.</summary>
    /// <param name="length">How many, from 0.</param>
    /// <param name="device">Where they go; null for the processor.</param>
    public static Tensor Range(long length, Device? device = null) => arange(Scalars.Of(0L), Scalars.Of(length), Scalars.Of(1L), ScalarType.Int64, device);
}

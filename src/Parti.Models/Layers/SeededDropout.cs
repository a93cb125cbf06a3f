using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Layers;

/// <summary>
/// Dropout (Srivastava et al. 2014) as training wants it: a share of numbers becomes 0 and the others grow, so that the mean stays. Which
/// ones is drawn from a generator of its own that starts anew with every part of every step, so that a resumed run and a part that is computed
/// again for its gradients drop the same ones.
/// </summary>
/// <param name="share">Share that is dropped, 0 to below 1.</param>
/// <param name="device">Where the activations are; null for the processor.</param>
public sealed class SeededDropout(double share, Device? device) : IDisposable
{
    const int Parts = 1 << 12;

    readonly Generator _generator = new(0, device ?? CPU);
    ulong _seed;

    /// <summary>Starts a step.</summary>
    /// <param name="seed">The step's own number.</param>
    public void Begin(ulong seed) => _seed = seed;

    /// <summary>Starts the draws of a part of the network.</summary>
    /// <param name="part">Its number, below 4096.</param>
    public void Enter(int part) => _generator.manual_seed(unchecked((long)((_seed * Parts) + (ulong)part)));

    /// <summary>Drops a share of the numbers.</summary>
    /// <param name="x">Any shape.</param>
    /// <returns>The same shape, in the caller's scope.</returns>
    public Tensor Apply(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor kept = empty(x.shape, x.dtype, x.device).bernoulli_(1 - share, _generator);
        return x.mul(kept).mul(Scalars.Of(1 / (1 - share))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose() => _generator.Dispose();
}

using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Perception;

/// <summary>
/// A distance of pictures by their features, after LPIPS: at every place of every level the channels are scaled to a vector of length 1,
/// and the squared distances of these vectors are averaged over places and levels. Unlike LPIPS, no weights of channels are learnt from
/// people's judgements, and the features are those of <see cref="FeatureNetwork"/>.
/// </summary>
public sealed class PerceptualDistance
{
    readonly FeatureNetwork _network;

    /// <summary>Freezes a network and measures by it.</summary>
    /// <param name="network">Stays the caller's to dispose.</param>
    public PerceptualDistance(FeatureNetwork network)
    {
        _network = network;
        foreach (Parameter weight in network.parameters())
        {
            weight.requires_grad = false;
        }
    }

    /// <summary>Mean distance of pictures, a scalar from 0, for equal ones, to 4; with a graph to <paramref name="made"/>.</summary>
    /// <param name="pictures">Originals <c>[B, 3, S, S]</c>, 0 to 1; no gradient reaches them.</param>
    /// <param name="made">Of the same shape.</param>
    public Tensor Between(Tensor pictures, Tensor made)
    {
        using DisposeScope scope = NewDisposeScope();
        IReadOnlyList<Tensor> wanted = Fixed(pictures), given = _network.Features(made);
        Tensor[] levels = [.. wanted.Zip(given, (w, g) => Unit(w).sub(Unit(g)).Squared().sum(1).mean())];
        return stack(levels).mean().MoveToOuterDisposeScope();
    }

    IReadOnlyList<Tensor> Fixed(Tensor pictures)
    {
        using IDisposable noGradient = no_grad();
        return _network.Features(pictures);
    }

    // The small number keeps places without features at 0, gradients included.
    static Tensor Unit(Tensor features) => features.mul(features.Squared().sum(1, keepdim: true).Plus(Scalars.Of(1e-6)).rsqrt());
}

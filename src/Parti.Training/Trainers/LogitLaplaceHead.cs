using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>
/// The logit-Laplace loss (DALL·E appendix A.3; ViT-VQGAN §3.3): the decoder gives the means μ, and this training-only head the logarithms
/// of the widths b. Legend: B pictures, N tokens, F width of the decoder's head.
/// </summary>
sealed class LogitLaplaceHead : IDisposable
{
    // A departure from the paper, where ln b is free: of drawn surfaces every pixel can be met exactly, and a free width falls for ever.
    const double Widest = 5;

    readonly Projection _widths;

    /// <summary>Allocates the head; b is about 1 at first.</summary>
    /// <param name="sizes">Patch and width of the decoder's head.</param>
    /// <param name="device">Where its weights are.</param>
    public LogitLaplaceHead(ImageTokenizerArchitecture sizes, Device device) =>
        _widths = new(sizes.Decoder.MlpWidth, 3L * sizes.PatchSize * sizes.PatchSize, 0.1, withBias: true, device: device);

    /// <summary>What the optimiser moves beside the network.</summary>
    public IEnumerable<(string Name, Parameter Value)> Trained => _widths.named_parameters().Select(p => ($"logit_laplace.{p.name}", p.parameter));

    /// <summary>ln b of every pixel, -5 to 5.</summary>
    /// <param name="network">Whose decoder it is.</param>
    /// <param name="states"><c>[B, N, F]</c>.</param>
    /// <returns><c>[B, 3, H, W]</c>.</returns>
    public Tensor LogWidths(VitVqGan network, Tensor states)
    {
        using DisposeScope scope = NewDisposeScope();
        return network.Arrange(_widths.forward(states).div(Scalars.Of(Widest)).tanh().mul(Scalars.Of(Widest))).MoveToOuterDisposeScope();
    }

    /// <summary>Mean negative log-likelihood of the pixels, a scalar; below 0 where the density is above 1.</summary>
    /// <param name="pictures">Pixels 0 to 1.</param>
    /// <param name="means">μ, of the same shape.</param>
    /// <param name="logWidths">ln b, of the same shape.</param>
    public static Tensor NegativeLogLikelihood(Tensor pictures, Tensor means, Tensor logWidths)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = LogitLaplaceMap.ToOpen(pictures), other = x.neg().Plus(Scalars.Of(1));
        Tensor distance = x.log().sub(other.log()).sub(means).abs().mul(logWidths.neg().exp());
        Tensor scale = logWidths.Plus(x.mul(other).log()).Plus(Scalars.Of(Math.Log(2)));
        return scale.Plus(distance).mean().MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose() => _widths.Dispose();
}

using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Layers;

/// <summary>Two matrices around a ReLU, un-gated (Parti table 1 and figure 5).</summary>
public sealed class FeedForward : nn.Module<Tensor, Tensor>
{
    readonly Projection up, down;

    /// <summary>Allocates <c>[F, D]</c> and <c>[D, F]</c>.</summary>
    /// <param name="width">D.</param>
    /// <param name="hidden">F.</param>
    /// <param name="outputGain">Scale of the second matrix's initial weights.</param>
    /// <param name="compute">Type of the products.</param>
    /// <param name="device">Where the weights are.</param>
    public FeedForward(int width, int hidden, double outputGain, ScalarType compute, Device? device)
        : base(nameof(FeedForward))
    {
        up = new(width, hidden, gain: 1.4, compute: compute, device: device);
        down = new(hidden, width, outputGain, compute: compute, device: device);
        RegisterComponents();
    }

    /// <summary><c>[B, S, D]</c> to <c>[B, S, D]</c>, float32.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        return down.forward(up.forward(input).relu()).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }
}

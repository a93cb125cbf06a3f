using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.Layers;

/// <summary>Root-mean-square norm, <c>x / √(mean(x²) + ε) · weight</c>: no mean is subtracted, nothing is added (Zhang and Sennrich 2019).</summary>
public sealed class RmsNorm : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly double _epsilon;

    /// <summary>Allocates a scale <c>[D]</c> of ones.</summary>
    /// <param name="width">D.</param>
    /// <param name="epsilon">ε, above 0.</param>
    /// <param name="device">Where the scale is.</param>
    public RmsNorm(long width, double epsilon, Device? device = null)
        : base(nameof(RmsNorm))
    {
        weight = new Parameter(ones(width, device: device));
        _epsilon = epsilon;
        RegisterComponents();
    }

    /// <summary><c>[…, D]</c> to <c>[…, D]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor square = input.Squared().mean([-1], keepdim: true);
        return input.mul(square.Plus(Scalars.Of(_epsilon)).rsqrt()).mul(weight).MoveToOuterDisposeScope();
    }
}

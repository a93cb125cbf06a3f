using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.Layers;

/// <summary>
/// A matrix product <c>x Wᵀ (+ b)</c> whose weights stay float32 and whose product may run in a shorter type:
/// Parti §3 runs attention projections and feed-forward layers in bfloat16, norms and logits in float32.
/// </summary>
public sealed class Projection : nn.Module<Tensor, Tensor>
{
    readonly Parameter weight;
    readonly Parameter? bias;
    readonly ScalarType _compute;

    /// <summary>Allocates <c>[outputs, inputs]</c> weights, normal with standard deviation <paramref name="gain"/> / √inputs.</summary>
    /// <param name="inputs">Width of x.</param>
    /// <param name="outputs">Width of the result.</param>
    /// <param name="gain">Scale of the initial weights.</param>
    /// <param name="withBias">Adds a bias, zero at first.</param>
    /// <param name="compute">Type of the product: Float32 or BFloat16.</param>
    /// <param name="device">Where the weights are; meta allocates nothing.</param>
    public Projection(long inputs, long outputs, double gain = 1, bool withBias = false, ScalarType compute = ScalarType.Float32, Device? device = null)
        : base(nameof(Projection))
    {
        weight = new Parameter(randn(outputs, inputs, device: device).mul_(Scalars.Of(gain / Math.Sqrt(inputs))));
        bias = withBias ? new Parameter(zeros(outputs, device: device)) : null;
        _compute = compute;
        RegisterComponents();
    }

    /// <summary>Whether <see cref="HalfPrecision"/> leaves the weights alone, as it does where logits come from.</summary>
    public bool KeepsFloat32 { get; init; }

    /// <summary><c>[…, inputs]</c> to <c>[…, outputs]</c>, float32 or the compute type.</summary>
    public override Tensor forward(Tensor input)
    {
        if (weight.dtype != input.dtype && weight.dtype != ScalarType.Float32)
        {
            using DisposeScope held = NewDisposeScope();
            return nn.functional.linear(input.to(weight.dtype), weight, bias).to(input.dtype).MoveToOuterDisposeScope();
        }
        if (_compute == ScalarType.Float32)
        {
            return nn.functional.linear(input, weight, bias);
        }
        using DisposeScope scope = NewDisposeScope();
        Tensor product = nn.functional.linear(input.to(_compute), weight.to(_compute), bias?.to(_compute));
        return product.MoveToOuterDisposeScope();
    }
}

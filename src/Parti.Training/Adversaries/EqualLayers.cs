using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Adversaries;

/// <summary>
/// A convolution with an equalised learning rate: stored weights are standard normal and scaled by 1/√fan-in when used, so that Adam moves
/// every layer at the same relative pace (Progressive GAN §4.1).
/// </summary>
sealed class EqualConvolution : nn.Module<Tensor, Tensor>
{
    readonly Parameter weight;
    readonly Parameter? bias;
    readonly double _scale;
    readonly long _stride, _padding;

    /// <summary>Allocates <c>[outputs, inputs, kernel, kernel]</c>.</summary>
    public EqualConvolution(long inputs, long outputs, long kernel, Device device, long stride = 1, long padding = 0, bool withBias = true)
        : base(nameof(EqualConvolution))
    {
        weight = new Parameter(randn(outputs, inputs, kernel, kernel, device: device));
        bias = withBias ? new Parameter(zeros(outputs, device: device)) : null;
        (_scale, _stride, _padding) = (1 / Math.Sqrt(inputs * kernel * kernel), stride, padding);
        RegisterComponents();
    }

    /// <summary><c>[B, C, H, W]</c> to <c>[B, outputs, H', W']</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        return nn.functional.conv2d(input, weight.mul(Scalars.Of(_scale)), bias, [_stride, _stride], [_padding, _padding]).MoveToOuterDisposeScope();
    }
}

/// <summary>A matrix with an equalised learning rate, as <see cref="EqualConvolution"/>.</summary>
sealed class EqualLinear : nn.Module<Tensor, Tensor>
{
    readonly Parameter weight, bias;
    readonly double _scale;

    /// <summary>Allocates <c>[outputs, inputs]</c>.</summary>
    public EqualLinear(long inputs, long outputs, Device device)
        : base(nameof(EqualLinear))
    {
        weight = new Parameter(randn(outputs, inputs, device: device));
        bias = new Parameter(zeros(outputs, device: device));
        _scale = 1 / Math.Sqrt(inputs);
        RegisterComponents();
    }

    /// <summary><c>[B, inputs]</c> to <c>[B, outputs]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        return nn.functional.linear(input, weight.mul(Scalars.Of(_scale)), bias).MoveToOuterDisposeScope();
    }
}

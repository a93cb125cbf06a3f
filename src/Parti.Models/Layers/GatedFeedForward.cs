using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Layers;

/// <summary>What a gate passes through.</summary>
public enum GateActivation
{
    /// <summary><c>x · σ(x)</c>: SwiGLU.</summary>
    Silu,

    /// <summary>GELU in its approximation by a hyperbolic tangent.</summary>
    GeluTanh,
}

/// <summary>Gated feed-forward layer without biases, <c>down(act(gate x) · up x)</c> (Shazeer 2020).</summary>
public sealed class GatedFeedForward : nn.Module<Tensor, Tensor>
{
    private readonly Projection gate, up, down;
    private readonly GateActivation _activation;

    /// <summary>Allocates two matrices <c>[F, D]</c> and one <c>[D, F]</c>.</summary>
    /// <param name="width">D.</param>
    /// <param name="hidden">F.</param>
    /// <param name="activation">What the gate passes through.</param>
    /// <param name="device">Where the weights are.</param>
    public GatedFeedForward(int width, int hidden, GateActivation activation, Device? device)
        : base(nameof(GatedFeedForward))
    {
        gate = new(width, hidden, device: device);
        up = new(width, hidden, device: device);
        down = new(hidden, width, device: device);
        _activation = activation;
        RegisterComponents();
    }

    /// <summary><c>[…, D]</c> to <c>[…, D]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor opening = gate.forward(input);
        Tensor passed = _activation == GateActivation.Silu ? opening.mul(opening.sigmoid()) : opening.GeluTanh();
        return down.forward(passed.mul(up.forward(input))).MoveToOuterDisposeScope();
    }
}

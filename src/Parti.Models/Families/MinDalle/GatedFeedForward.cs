using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.Families.MinDalle;

/// <summary>
/// A GLU with a norm before it and one before its last matrix: <c>fc2(LN(GELU(fc0(x)) · fc1(x)))</c>, x normalised, GELU exact. Names are the
/// checkpoint's.
/// </summary>
public sealed class GatedFeedForward : nn.Module<Tensor, Tensor>
{
    private readonly LayerNorm ln0, ln1;
    private readonly Projection fc0, fc1, fc2;

    /// <summary>Allocates the matrices <c>[F, D]</c>, <c>[F, D]</c>, <c>[D, F]</c> and two norms.</summary>
    /// <param name="width">D.</param>
    /// <param name="hidden">F.</param>
    /// <param name="device">Where the weights are.</param>
    public GatedFeedForward(int width, int hidden, Device? device)
        : base(nameof(GatedFeedForward))
    {
        ln0 = nn.LayerNorm(width, device: device);
        ln1 = nn.LayerNorm(hidden, device: device);
        fc0 = new(width, hidden, device: device);
        fc1 = new(width, hidden, device: device);
        fc2 = new(hidden, width, device: device);
        RegisterComponents();
    }

    /// <summary><c>[B, S, D]</c> to <c>[B, S, D]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = ln0.forward(input);
        return fc2.forward(ln1.forward(fc0.forward(x).gelu().mul(fc1.forward(x)))).MoveToOuterDisposeScope();
    }
}

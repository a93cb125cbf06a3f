using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>A training-only head that predicts a hidden token from its text state (Devlin et al. 2018, §3.1).</summary>
sealed class MaskedTokenHead : nn.Module<Tensor, Tensor>
{
    readonly Projection mix, output;
    readonly LayerNorm norm;

    /// <summary>Allocates the head.</summary>
    /// <param name="width">D, width of a text state.</param>
    /// <param name="vocabulary">V, number of text ids.</param>
    /// <param name="device">Where the weights are.</param>
    public MaskedTokenHead(int width, int vocabulary, Device device)
        : base(nameof(MaskedTokenHead))
    {
        mix = new(width, width, withBias: true, device: device);
        norm = nn.LayerNorm(width, device: device);
        output = new(width, vocabulary, 0.1, withBias: true, device: device);
        RegisterComponents();
    }

    /// <summary>States of hidden tokens <c>[M, D]</c> to logits <c>[M, V]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        return output.forward(norm.forward(nn.functional.gelu(mix.forward(input)))).MoveToOuterDisposeScope();
    }
}

using Parti.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Families.Llama;

/// <summary>One pre-norm layer of the LLaMA type: RMS norms, rotary attention, SwiGLU, no biases. Legend as in <see cref="LlamaAttention"/>.</summary>
sealed class LlamaLayer : nn.Module
{
    private readonly RmsNorm attention_norm, mlp_norm;
    private readonly LlamaAttention attention;
    private readonly GatedFeedForward mlp;

    internal LlamaLayer(LlamaArchitecture sizes, Device? device)
        : base(nameof(LlamaLayer))
    {
        attention_norm = new(sizes.Width, sizes.Epsilon, device);
        attention = new(sizes, device);
        mlp_norm = new(sizes.Width, sizes.Epsilon, device);
        mlp = new(sizes.Width, sizes.MlpWidth, GateActivation.Silu, device);
        RegisterComponents();
    }

    /// <inheritdoc cref="LlamaAttention.Project"/>
    internal (Tensor Queries, Tensor Keys, Tensor Values) Project(Tensor input, Tensor cosines, Tensor sines)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor q, Tensor k, Tensor v) = attention.Project(attention_norm.forward(input), cosines, sines);
        return (q.MoveToOuterDisposeScope(), k.MoveToOuterDisposeScope(), v.MoveToOuterDisposeScope());
    }

    /// <summary>The layer over given queries, keys and values.</summary>
    /// <param name="input"><c>[B, S, D]</c>.</param>
    /// <param name="queries">Of the input <c>[B, H, S, E]</c>.</param>
    /// <param name="keys"><c>[B, G, K, E]</c>.</param>
    /// <param name="values"><c>[B, G, K, E]</c>.</param>
    /// <param name="bias">Broadcastable to <c>[B, 1, S, K]</c>.</param>
    /// <returns><c>[B, S, D]</c>.</returns>
    internal Tensor Forward(Tensor input, Tensor queries, Tensor keys, Tensor values, Tensor bias)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = input.Plus(attention.Attend(queries, keys, values, bias));
        return x.Plus(mlp.forward(mlp_norm.forward(x))).MoveToOuterDisposeScope();
    }
}

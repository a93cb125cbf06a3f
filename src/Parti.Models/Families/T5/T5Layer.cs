using Parti.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Families.T5;

/// <summary>
/// Attention of T5: scores are not divided by the root of the head width, and carry a bias of the distance.
/// Legend: B rows, T tokens, D width, H heads, E head width.
/// </summary>
sealed class T5Attention : nn.Module
{
    private readonly Projection query, key, value, output;
    private readonly int _heads;

    internal T5Attention(T5Architecture sizes, Device? device)
        : base(nameof(T5Attention))
    {
        int inner = sizes.Heads * sizes.HeadWidth;
        _heads = sizes.Heads;
        query = new(sizes.Width, inner, device: device);
        key = new(sizes.Width, inner, device: device);
        value = new(sizes.Width, inner, device: device);
        output = new(inner, sizes.Width, device: device);
        RegisterComponents();
    }

    /// <summary><c>[B, T, D]</c> to <c>[B, T, D]</c>.</summary>
    /// <param name="input"><c>[B, T, D]</c>.</param>
    /// <param name="bias">Broadcastable to <c>[B, H, T, T]</c>.</param>
    internal Tensor Forward(Tensor input, Tensor bias)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor scores = Split(query.forward(input)).matmul(Split(key.forward(input)).transpose(-2, -1)).Plus(bias);
        Tensor mixed = scores.softmax(-1).matmul(Split(value.forward(input))).transpose(1, 2).flatten(2);
        return output.forward(mixed).MoveToOuterDisposeScope();
    }

    private Tensor Split(Tensor input) => input.unflatten(2, [_heads, -1]).transpose(1, 2);
}

/// <summary>One pre-norm layer of the encoder.</summary>
sealed class T5Layer : nn.Module
{
    private readonly RmsNorm attention_norm, mlp_norm;
    private readonly T5Attention attention;
    private readonly GatedFeedForward mlp;

    internal T5Layer(T5Architecture sizes, Device? device)
        : base(nameof(T5Layer))
    {
        attention_norm = new(sizes.Width, sizes.Epsilon, device);
        attention = new(sizes, device);
        mlp_norm = new(sizes.Width, sizes.Epsilon, device);
        mlp = new(sizes.Width, sizes.MlpWidth, GateActivation.GeluTanh, device);
        RegisterComponents();
    }

    /// <inheritdoc cref="T5Attention.Forward"/>
    internal Tensor Forward(Tensor input, Tensor bias)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = input.Plus(attention.Forward(attention_norm.forward(input), bias));
        return x.Plus(mlp.forward(mlp_norm.forward(x))).MoveToOuterDisposeScope();
    }
}

using Parti.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Families.Llama;

/// <summary>
/// Rotary attention, several query heads to one of keys and values where there are fewer of those; two batched products and a softmax, whose
/// bits do not depend on the row (docs/decisions/0002).
/// Legend: B rows, S inputs, K keys, D width, H heads, G heads of keys and values, E head width.
/// </summary>
sealed class LlamaAttention : nn.Module
{
    private readonly Projection query, key, value, output;
    private readonly LlamaArchitecture _sizes;

    internal LlamaAttention(LlamaArchitecture sizes, Device? device)
        : base(nameof(LlamaAttention))
    {
        _sizes = sizes;
        int queries = sizes.Heads * sizes.HeadWidth, keys = sizes.KeyValueHeads * sizes.HeadWidth;
        query = new(sizes.Width, queries, device: device);
        key = new(sizes.Width, keys, device: device);
        value = new(sizes.Width, keys, device: device);
        output = new(queries, sizes.Width, device: device);
        RegisterComponents();
    }

    /// <summary>Turned queries <c>[B, H, S, E]</c>, turned keys and values <c>[B, G, S, E]</c>.</summary>
    /// <param name="input"><c>[B, S, D]</c>.</param>
    /// <param name="cosines">Broadcastable to <c>[B, 1, S, E / 2]</c>.</param>
    /// <param name="sines">The same.</param>
    internal (Tensor Queries, Tensor Keys, Tensor Values) Project(Tensor input, Tensor cosines, Tensor sines)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor q = Turn(Split(query.forward(input)), cosines, sines), k = Turn(Split(key.forward(input)), cosines, sines);
        return (q.MoveToOuterDisposeScope(), k.MoveToOuterDisposeScope(), Split(value.forward(input)).MoveToOuterDisposeScope());
    }

    /// <summary>Attends to keys and values.</summary>
    /// <param name="queries"><c>[B, H, S, E]</c>.</param>
    /// <param name="keys"><c>[B, G, K, E]</c>.</param>
    /// <param name="values"><c>[B, G, K, E]</c>.</param>
    /// <param name="bias">Added to the scores, broadcastable to <c>[B, 1, S, K]</c>.</param>
    /// <returns><c>[B, S, D]</c>.</returns>
    internal Tensor Attend(Tensor queries, Tensor keys, Tensor values, Tensor bias)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor scores = queries.to(keys.dtype).matmul(Shared(keys).transpose(-2, -1)).to(ScalarType.Float32).mul(Scalars.Of(1 / Math.Sqrt(_sizes.HeadWidth))).Plus(bias);
        Tensor mixed = scores.softmax(-1).to(values.dtype).matmul(Shared(values)).transpose(1, 2).flatten(2).to(ScalarType.Float32);
        return output.forward(mixed).MoveToOuterDisposeScope();
    }

    private Tensor Split(Tensor input) => input.unflatten(2, [-1, _sizes.HeadWidth]).transpose(1, 2);

    private Tensor Shared(Tensor heads) =>
        _sizes.KeyValueHeads == _sizes.Heads ? heads : heads.repeat_interleave(_sizes.Heads / _sizes.KeyValueHeads, 1);

    private Tensor Turn(Tensor x, Tensor cosines, Tensor sines)
    {
        int pairs = _sizes.HeadWidth / 2;
        if (_sizes.Rotary == RotaryKind.Sequence)
        {
            Tensor first = x.narrow(-1, 0, pairs), second = x.narrow(-1, pairs, pairs);
            return cat([Real(first, second), Imaginary(first, second)], -1);
        }
        Tensor split = x.unflatten(3, [pairs, 2]);
        Tensor even = split.select(4, 0), odd = split.select(4, 1);
        return stack([Real(even, odd), Imaginary(even, odd)], 4).flatten(3);

        Tensor Real(Tensor a, Tensor b) => a.mul(cosines).sub(b.mul(sines));
        Tensor Imaginary(Tensor a, Tensor b) => b.mul(cosines).Plus(a.mul(sines));
    }
}

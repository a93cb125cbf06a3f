using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Layers;

/// <summary>
/// Full-width multi-head attention (Parti §2.2), as two batched products and a float32 softmax: the fused kernel's bits
/// depend on the row when two threads share it, and equal bytes are the promise.
/// Legend: B rows, Q queries, K keys, D width, H heads, E = D / H head width.
/// </summary>
public sealed class MultiHeadAttention : nn.Module
{
    readonly Projection query, key, value, output;
    readonly int _heads;

    /// <summary>Allocates four <c>[D, D]</c> projections.</summary>
    /// <param name="width">D.</param>
    /// <param name="heads">H, a divisor of D.</param>
    /// <param name="outputGain">Scale of the output projection's initial weights; small in deep stacks.</param>
    /// <param name="compute">Type of the projections.</param>
    /// <param name="device">Where the weights are.</param>
    public MultiHeadAttention(int width, int heads, double outputGain, ScalarType compute, Device? device)
        : base(nameof(MultiHeadAttention))
    {
        _heads = heads;
        query = new(width, width, compute: compute, device: device);
        key = new(width, width, compute: compute, device: device);
        value = new(width, width, compute: compute, device: device);
        output = new(width, width, outputGain, compute: compute, device: device);
        RegisterComponents();
    }

    /// <summary>Told the weights of every <see cref="Attend"/>, <c>[B, H, Q, K]</c> float32, valid during the call; null, the default, for nobody.</summary>
    public Action<Tensor>? Weighed { get; set; }

    /// <summary>Keys and values of a sequence, each <c>[B, K, D]</c> float32.</summary>
    /// <param name="input"><c>[B, K, D]</c>.</param>
    public (Tensor Keys, Tensor Values) KeysAndValues(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor keys = key.forward(input).to(ScalarType.Float32), values = value.forward(input).to(ScalarType.Float32);
        return (keys.MoveToOuterDisposeScope(), values.MoveToOuterDisposeScope());
    }

    /// <summary>Attends from queries to given keys and values.</summary>
    /// <param name="input">Query side <c>[B, Q, D]</c>.</param>
    /// <param name="keys"><c>[B, K, D]</c>, in the type of the products.</param>
    /// <param name="values"><c>[B, K, D]</c>, of the same type.</param>
    /// <param name="bias">Added to the scores, broadcastable to <c>[B, 1, Q, K]</c>: 0 or −∞-like; null for none.</param>
    /// <returns><c>[B, Q, D]</c>.</returns>
    public Tensor Attend(Tensor input, Tensor keys, Tensor values, Tensor? bias)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor q = Split(query.forward(input).to(keys.dtype)), k = Split(keys), v = Split(values);
        Tensor scores = q.matmul(k.transpose(-2, -1)).to(ScalarType.Float32).mul(Scalars.Of(1 / Math.Sqrt(q.shape[3])));
        if (bias is not null)
        {
            scores = scores.Plus(bias);
        }
        Tensor weights = scores.softmax(-1);
        Weighed?.Invoke(weights);
        Tensor mixed = weights.to(v.dtype).matmul(v).transpose(1, 2).flatten(2).to(ScalarType.Float32);
        return output.forward(mixed).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    // [B, S, D] to [B, H, S, E].
    Tensor Split(Tensor input) => input.unflatten(2, [_heads, -1]).transpose(1, 2);
}

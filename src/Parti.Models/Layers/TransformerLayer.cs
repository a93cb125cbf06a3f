using Parti.Models.Transformer;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.Layers;

/// <summary>
/// One pre-norm layer: self-attention, cross-attention where the stack has it (every decoder layer, Parti §2.2), feed-forward.
/// Norms are float32.
/// </summary>
public sealed class TransformerLayer : nn.Module, ICachedLayer
{
    readonly LayerNorm self_norm, mlp_norm;
    readonly LayerNorm? cross_norm;
    readonly MultiHeadAttention self_attention;
    readonly MultiHeadAttention? cross_attention;
    readonly FeedForward mlp;

    /// <summary>Allocates one layer.</summary>
    /// <param name="width">D.</param>
    /// <param name="hidden">Width of the feed-forward layer.</param>
    /// <param name="heads">Heads.</param>
    /// <param name="layers">Layers of the stack; output matrices start smaller in deeper stacks.</param>
    /// <param name="cross">With cross-attention.</param>
    /// <param name="compute">Type of the products.</param>
    /// <param name="device">Where the weights are.</param>
    public TransformerLayer(int width, int hidden, int heads, int layers, bool cross, ScalarType compute, Device? device)
        : base(nameof(TransformerLayer))
    {
        double gain = 1 / Math.Sqrt(2.0 * Math.Max(1, layers));
        self_norm = nn.LayerNorm(width, device: device);
        self_attention = new(width, heads, gain, compute, device);
        if (cross)
        {
            cross_norm = nn.LayerNorm(width, device: device);
            cross_attention = new(width, heads, gain, compute, device);
        }
        mlp_norm = nn.LayerNorm(width, device: device);
        mlp = new(width, hidden, gain, compute, device);
        RegisterComponents();
    }

    /// <summary>What is dropped of each part's output before it is added to the input; null outside training.</summary>
    public SeededDropout? Dropout { get; set; }

    /// <summary>The layer's number for <see cref="Dropout"/>.</summary>
    public int Part { get; set; }

    /// <inheritdoc />
    public Action<Tensor>? CrossWeighed
    {
        set => cross_attention!.Weighed = value;
    }

    /// <summary>Cross-attention keys and values of the text states, once per prompt.</summary>
    /// <param name="states"><c>[B, T, D]</c>.</param>
    public (Tensor Keys, Tensor Values) CrossKeysAndValues(Tensor states) => cross_attention!.KeysAndValues(states);

    /// <summary>Self-attention keys and values of the layer's input.</summary>
    /// <param name="input"><c>[B, S, D]</c>.</param>
    public (Tensor Keys, Tensor Values) SelfKeysAndValues(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor keys, Tensor values) = self_attention.KeysAndValues(self_norm.forward(input));
        return (keys.MoveToOuterDisposeScope(), values.MoveToOuterDisposeScope());
    }

    /// <summary>The layer over given keys and values.</summary>
    /// <param name="input"><c>[B, Q, D]</c>.</param>
    /// <param name="self">Self-attention keys and values <c>[B, K, D]</c>.</param>
    /// <param name="selfBias">Broadcastable to <c>[B, 1, Q, K]</c>, or null.</param>
    /// <param name="cross">Cross-attention keys and values <c>[B, T, D]</c>, or null.</param>
    /// <param name="crossBias">Broadcastable to <c>[B, 1, Q, T]</c>, or null.</param>
    public Tensor Forward(Tensor input, (Tensor Keys, Tensor Values) self, Tensor? selfBias, (Tensor Keys, Tensor Values)? cross, Tensor? crossBias)
    {
        using DisposeScope scope = NewDisposeScope();
        Dropout?.Enter(Part);
        Tensor x = input.Plus(Dropped(self_attention.Attend(self_norm.forward(input), self.Keys, self.Values, selfBias)));
        if (cross is { } states)
        {
            x = x.Plus(Dropped(cross_attention!.Attend(cross_norm!.forward(x), states.Keys, states.Values, crossBias)));
        }
        return x.Plus(Dropped(mlp.forward(mlp_norm.forward(x)))).MoveToOuterDisposeScope();
    }

    /// <summary>The layer over a whole sequence, every position at once.</summary>
    /// <inheritdoc cref="Forward" path="/param"/>
    public Tensor ForwardSequence(Tensor input, Tensor? selfBias, Tensor? states, Tensor? crossBias)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor Keys, Tensor Values)? cross = states is null ? null : CrossKeysAndValues(states);
        return Forward(input, SelfKeysAndValues(input), selfBias, cross, crossBias).MoveToOuterDisposeScope();
    }

    /// <summary>The same without keeping what is inside it for the backward pass: it is computed again there.</summary>
    /// <inheritdoc cref="Forward" path="/param"/>
    public Tensor ForwardRecomputed(Tensor input, Tensor? selfBias, Tensor? states, Tensor? crossBias)
    {
        Tensor?[] all = [input, selfBias, states, crossBias];
        int[] places = [.. all.Select((tensor, i) => tensor is null ? -1 : all.Take(i).Count(t => t is not null))];
        return Recomputed.Run(
            given => ForwardSequence(given[0], Given(given, places[1]), Given(given, places[2]), Given(given, places[3])),
            [.. all.OfType<Tensor>()]);
    }

    Tensor Dropped(Tensor x) => Dropout?.Apply(x) ?? x;

    static Tensor? Given(IReadOnlyList<Tensor> inputs, int place) => place < 0 ? null : inputs[place];
}

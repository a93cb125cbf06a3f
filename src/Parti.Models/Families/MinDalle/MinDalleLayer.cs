using Parti.Models.Layers;
using Parti.Models.Transformer;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.Families.MinDalle;

/// <summary>
/// A layer of BART's order with the norms of NormFormer: each attention has a norm before it and one behind it, both inside the residual
/// branch. No matrix has a bias. Names are the checkpoint's, but inside an attention (<see cref="MinDalleKeys"/>).
/// Legend: B rows, S positions, T text tokens, D width.
/// </summary>
public sealed class MinDalleLayer : nn.Module, ICachedLayer
{
    private readonly LayerNorm pre_self_attn_layer_norm, self_attn_layer_norm;
    private readonly LayerNorm? pre_encoder_attn_layer_norm, encoder_attn_layer_norm;
    private readonly MultiHeadAttention self_attn;
    private readonly MultiHeadAttention? encoder_attn;
    private readonly GatedFeedForward glu;

    /// <summary>Allocates a layer.</summary>
    /// <param name="width">D.</param>
    /// <param name="hidden">Width of the gated feed-forward layer.</param>
    /// <param name="heads">Heads.</param>
    /// <param name="cross">With attention to the text.</param>
    /// <param name="device">Where the weights are.</param>
    public MinDalleLayer(int width, int hidden, int heads, bool cross, Device? device)
        : base(nameof(MinDalleLayer))
    {
        pre_self_attn_layer_norm = nn.LayerNorm(width, device: device);
        self_attn = new(width, heads, 1, ScalarType.Float32, device);
        self_attn_layer_norm = nn.LayerNorm(width, device: device);
        if (cross)
        {
            pre_encoder_attn_layer_norm = nn.LayerNorm(width, device: device);
            encoder_attn = new(width, heads, 1, ScalarType.Float32, device);
            encoder_attn_layer_norm = nn.LayerNorm(width, device: device);
        }

        glu = new(width, hidden, device);
        RegisterComponents();
    }

    /// <inheritdoc />
    public Action<Tensor>? CrossWeighed
    {
        set => encoder_attn!.Weighed = value;
    }

    /// <inheritdoc />
    public (Tensor Keys, Tensor Values) CrossKeysAndValues(Tensor states) => encoder_attn!.KeysAndValues(states);

    /// <inheritdoc />
    public (Tensor Keys, Tensor Values) SelfKeysAndValues(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor keys, Tensor values) = self_attn.KeysAndValues(pre_self_attn_layer_norm.forward(input));
        return (keys.MoveToOuterDisposeScope(), values.MoveToOuterDisposeScope());
    }

    /// <inheritdoc />
    public Tensor Forward(Tensor input, (Tensor Keys, Tensor Values) self, Tensor? selfBias, (Tensor Keys, Tensor Values)? cross, Tensor? crossBias)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor attended = self_attn.Attend(pre_self_attn_layer_norm.forward(input), self.Keys, self.Values, selfBias);
        Tensor x = input.Plus(self_attn_layer_norm.forward(attended));
        if (cross is { } text)
        {
            attended = encoder_attn!.Attend(pre_encoder_attn_layer_norm!.forward(x), text.Keys, text.Values, crossBias);
            x = x.Plus(encoder_attn_layer_norm!.forward(attended));
        }

        return x.Plus(glu.forward(x)).MoveToOuterDisposeScope();
    }
}

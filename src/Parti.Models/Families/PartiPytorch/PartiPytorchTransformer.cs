using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.Families.PartiPytorch;

/// <summary>
/// The transformer of parti-pytorch, a reading of the Parti paper on frozen text features. It has no cache: every call computes the whole
/// sequence. Legend: B rows, n tokens, T text positions, D width, E width of the text features, V codes.
/// </summary>
public sealed class PartiPytorchTransformer : nn.Module
{
    private readonly Parameter start_token, row_positions, column_positions, token_embedding;
    private readonly LayerNorm first_norm, last_norm;
    private readonly ModuleList<Layer> layers;
    private readonly Projection head;

    /// <summary>Allocates a transformer with random weights.</summary>
    /// <param name="sizes">Sizes.</param>
    /// <param name="device">Where the weights are.</param>
    public PartiPytorchTransformer(PartiPytorchSizes sizes, Device? device = null)
        : base(nameof(PartiPytorchTransformer))
    {
        ArgumentNullException.ThrowIfNull(sizes);
        start_token = new Parameter(randn(sizes.Width, device: device));
        row_positions = new Parameter(randn(sizes.Grid, sizes.Width, device: device));
        column_positions = new Parameter(randn(sizes.Grid, sizes.Width, device: device));
        token_embedding = new Parameter(randn(sizes.Codes, sizes.Width, device: device));
        first_norm = nn.LayerNorm(sizes.Width, device: device);
        layers = nn.ModuleList([.. Enumerable.Range(0, sizes.Layers).Select(_ => new Layer(sizes, device))]);
        last_norm = nn.LayerNorm(sizes.Width, device: device);
        head = new(sizes.Width, sizes.Codes, device: device);
        RegisterComponents();
    }

    /// <summary>Logits of every position.</summary>
    /// <param name="text">Text features <c>[B, T, E]</c>.</param>
    /// <param name="mask">True where text is real <c>[B, T]</c>; all false drops the text.</param>
    /// <param name="tokens">History <c>[B, n]</c>, int64; n may be 0.</param>
    /// <param name="trace">Gets the states behind the first norm and behind each part of each layer; may be null.</param>
    /// <returns><c>[B, n + 1, V]</c>; row i predicts token i.</returns>
    public Tensor Forward(Tensor text, Tensor mask, Tensor tokens, Action<Tensor>? trace = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = first_norm.forward(Embed(tokens));
        trace?.Invoke(x);
        Tensor causal = ones(x.shape[1], x.shape[1], dtype: ScalarType.Bool, device: x.device).tril().unsqueeze(0).unsqueeze(0);
        Tensor visible = mask.to(ScalarType.Bool).unsqueeze(1).unsqueeze(1);
        foreach (Layer layer in layers)
        {
            x = layer.Forward(x, text, causal, visible, trace);
        }

        return head.forward(last_norm.forward(x)).MoveToOuterDisposeScope();
    }

    // The start token has no position.
    private Tensor Embed(Tensor tokens)
    {
        (long rows, long count, long width) = (tokens.shape[0], tokens.shape[1], token_embedding.shape[1]);
        Tensor positions = row_positions.unsqueeze(1).Plus(column_positions.unsqueeze(0)).flatten(0, 1).narrow(0, 0, count);
        Tensor embedded = token_embedding.index_select(0, tokens.flatten()).reshape(rows, count, width).Plus(positions);
        return cat([start_token.expand(rows, 1, width), embedded], 1);
    }

    private sealed class Layer : nn.Module
    {
        private readonly MultiQueryAttention self_attention, cross_attention;
        private readonly LayerNorm norm, hidden_norm;
        private readonly Projection widen, narrow;

        internal Layer(PartiPytorchSizes sizes, Device? device)
            : base(nameof(Layer))
        {
            self_attention = new(sizes, null, device);
            cross_attention = new(sizes, sizes.TextWidth, device);
            norm = nn.LayerNorm(sizes.Width, device: device);
            widen = new(sizes.Width, sizes.MlpWidth, device: device);
            hidden_norm = nn.LayerNorm(sizes.MlpWidth, device: device);
            narrow = new(sizes.MlpWidth, sizes.Width, device: device);
            RegisterComponents();
        }

        internal Tensor Forward(Tensor x, Tensor text, Tensor causal, Tensor visible, Action<Tensor>? trace)
        {
            x = self_attention.Forward(x, null, causal).Plus(x);
            trace?.Invoke(x);
            x = cross_attention.Forward(x, text, visible).Plus(x);
            trace?.Invoke(x);
            x = narrow.forward(hidden_norm.forward(nn.functional.gelu(widen.forward(norm.forward(x))))).Plus(x);
            trace?.Invoke(x);
            return x;
        }
    }
}

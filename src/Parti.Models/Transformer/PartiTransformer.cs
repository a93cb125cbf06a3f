using Parti.Models.Checkpoints;
using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.Transformer;

/// <summary>
/// Text encoder and image-token decoder (Parti §2.2): pre-norm, un-gated feed-forward, an extra norm after each stack,
/// cross-attention in every decoder layer, learned positions and distances for text tokens, row + column positions for image tokens,
/// an untied float32 head.
/// Legend: B rows, T text tokens, N image tokens, D width, V codebook size. The start of the image is token id V.
/// Stateless between calls: caches are arguments.
/// </summary>
public sealed partial class PartiTransformer : nn.Module, ICachedDecoder
{
    // Distances beyond this are one; a phrase that binds words is shorter.
    const int FarthestDistance = 16;

    readonly Embedding text_embedding, text_positions, text_distances, image_embedding, row_positions, column_positions;
    readonly ModuleList<TransformerLayer> encoder, decoder;
    readonly LayerNorm encoder_norm, decoder_norm;
    readonly Projection head;
    readonly Device? _device;

    /// <summary>Allocates a model with random weights.</summary>
    /// <param name="architecture">Sizes; see <see cref="PartiPresets"/> for the paper's.</param>
    /// <param name="compute">Type of projections and feed-forward layers.</param>
    /// <param name="device">Where the weights are; meta allocates nothing.</param>
    public PartiTransformer(TransformerArchitecture architecture, ScalarType compute = ScalarType.Float32, Device? device = null)
        : base(nameof(PartiTransformer))
    {
        Architecture = architecture;
        _device = device;
        int d = architecture.Width;
        text_embedding = Table(architecture.TextVocabulary, d, device);
        text_positions = Table(architecture.MaxTextTokens, d, device);
        text_distances = Table(2 * FarthestDistance + 1, architecture.Heads, device, 1);
        image_embedding = Table(architecture.CodebookSize + 1, d, device);
        row_positions = Table(architecture.GridHeight, d, device);
        column_positions = Table(architecture.GridWidth, d, device);
        encoder = Stack(architecture, architecture.EncoderLayers, cross: false, compute, device);
        decoder = Stack(architecture, architecture.DecoderLayers, cross: true, compute, device);
        encoder_norm = nn.LayerNorm(d, device: device);
        decoder_norm = nn.LayerNorm(d, device: device);
        head = new(d, architecture.CodebookSize, 0.5, device: device) { KeepsFloat32 = true };
        RegisterComponents();
    }

    /// <summary>Sizes.</summary>
    public TransformerArchitecture Architecture { get; }

    /// <summary>
    /// Whether layers compute their activations again in the backward pass instead of keeping them: in training, memory for one layer in
    /// place of all, for a third more time.
    /// </summary>
    public bool Recompute { get; set; }

    /// <summary>
    /// What training drops of embeddings and of each layer's outputs (Parti §3: a tenth), the caller's; null outside training.
    /// </summary>
    public SeededDropout? Dropout
    {
        get;
        set
        {
            field = value;
            int part = 2;
            foreach (TransformerLayer layer in encoder.Concat(decoder))
            {
                (layer.Dropout, layer.Part) = (value, part++);
            }
        }
    }

    /// <summary>What stands in the place of the image tokens' embeddings and of the head while training makes both from something else; null for the network's own.</summary>
    public ImageTables? Tables { get; set; }

    IReadOnlyList<ICachedLayer> ICachedDecoder.Layers => [.. decoder];

    /// <summary>Text states.</summary>
    /// <param name="ids">Text token ids <c>[B, T]</c>, int64, T at most the architecture's.</param>
    /// <param name="keyMask">True where a token is real <c>[B, T]</c>.</param>
    /// <returns><c>[B, T, D]</c>, zero where padded.</returns>
    public Tensor EncodeText(Tensor ids, Tensor keyMask)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor bias = AttentionMasks.Keys(keyMask).Plus(Distances(ids.shape[1]));
        Tensor x = Dropped(0, text_embedding.forward(ids).Plus(text_positions.forward(TensorMath.Range(ids.shape[1], _device))));
        foreach (TransformerLayer layer in encoder)
        {
            x = Through(layer, x, bias, null, null);
        }
        return encoder_norm.forward(x).mul(keyMask.unsqueeze(2)).MoveToOuterDisposeScope();
    }

    /// <summary>Logits of every position at once: the plain path, and the one training takes.</summary>
    /// <param name="tokens">Image token ids <c>[B, S]</c>, S from 1 to N; position p reads tokens before p only.</param>
    /// <param name="states">Text states <c>[B, T, D]</c>.</param>
    /// <param name="keyMask">True where a text token is real <c>[B, T]</c>.</param>
    /// <returns><c>[B, S, V]</c> float32: row p predicts token p.</returns>
    public Tensor DecodeTrain(Tensor tokens, Tensor states, Tensor keyMask)
    {
        using DisposeScope scope = NewDisposeScope();
        long s = tokens.shape[1];
        Tensor start = full([tokens.shape[0], 1], Scalars.Of(Architecture.CodebookSize), ScalarType.Int64, _device);
        Tensor inputs = cat([start, tokens.narrow(1, 0, s - 1)], 1);
        Tensor x = Dropped(1, Embed(inputs, TensorMath.Range(s, _device)));
        Tensor self = AttentionMasks.Image(Architecture, _device).narrow(0, 0, s).narrow(1, 0, s), cross = AttentionMasks.Keys(keyMask);
        foreach (TransformerLayer layer in decoder)
        {
            x = Through(layer, x, self, states, cross);
        }
        return Logits(x).MoveToOuterDisposeScope();
    }

    /// <summary>Inputs of the decoder.</summary>
    /// <param name="tokens">Previous tokens, any shape, int64; V is the start of the image.</param>
    /// <param name="positions">Positions to predict, broadcastable to the same shape.</param>
    public Tensor Embed(Tensor tokens, Tensor positions)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor rows = positions.div(Scalars.Of(Architecture.GridWidth), RoundingMode.floor), columns = positions.remainder(Scalars.Of(Architecture.GridWidth));
        Tensor embedded = Tables is { } tables ? tables.Inputs.index_select(0, tokens.flatten()).reshape([.. tokens.shape, Architecture.Width]) : image_embedding.forward(tokens);
        return embedded.Plus(row_positions.forward(rows)).Plus(column_positions.forward(columns)).MoveToOuterDisposeScope();
    }

    /// <summary>Final norm and head, float32.</summary>
    /// <param name="x"><c>[…, D]</c>.</param>
    public Tensor Logits(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor normed = decoder_norm.forward(x);
        return (Tables is { } tables ? nn.functional.linear(normed, tables.Outputs) : head.forward(normed)).MoveToOuterDisposeScope();
    }

    // Texts and images are the first two parts, layers follow.
    Tensor Dropped(int part, Tensor x)
    {
        Dropout?.Enter(part);
        return Dropout?.Apply(x) ?? x;
    }

    Tensor Through(TransformerLayer layer, Tensor x, Tensor bias, Tensor? states, Tensor? cross) => Recompute && is_grad_enabled()
        ? layer.ForwardRecomputed(x, bias, states, cross)
        : layer.ForwardSequence(x, bias, states, cross);

    // One number a head and signed distance from query to key, added to every layer's scores: [1, H, T, T].
    Tensor Distances(long length)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor places = TensorMath.Range(length, _device);
        Tensor distances = places.unsqueeze(0).sub(places.unsqueeze(1)).clamp(Scalars.Of(-FarthestDistance), Scalars.Of(FarthestDistance));
        return text_distances.forward(distances.Plus(Scalars.Of(FarthestDistance))).permute(2, 0, 1).unsqueeze(0).MoveToOuterDisposeScope();
    }

    static Embedding Table(long rows, int width, Device? device, double deviation = 0.5)
    {
        Embedding table = nn.Embedding(rows, width, device: device);
        if (device?.type != DeviceType.META)
        {
            using var _ = no_grad();
            table.weight!.normal_(0, deviation);
        }
        return table;
    }

    static ModuleList<TransformerLayer> Stack(TransformerArchitecture a, int layers, bool cross, ScalarType compute, Device? device) =>
        nn.ModuleList([.. Enumerable.Range(0, layers).Select(_ => new TransformerLayer(a.Width, a.MlpWidth, a.Heads, layers, cross, compute, device))]);
}

using Parti.Models.Checkpoints;
using Parti.Models.Layers;
using Parti.Models.Transformer;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.Families.MinDalle;

/// <summary>
/// The decoder of image tokens: learned positions under a norm, layers with attention to the text, a last norm, an untied head. Embedding and
/// head have rows beyond the codebook; their logits are never sampled. Names are the checkpoint's.
/// Legend: R rows, D width, V codebook size, I rows of embedding and head.
/// </summary>
public sealed class MinDalleDecoder : nn.Module, ICachedDecoder
{
    private readonly Embedding embed_tokens, embed_positions;
    private readonly ModuleList<MinDalleLayer> layers;
    private readonly LayerNorm layernorm_embedding, final_ln;
    private readonly Projection lm_head;
    private readonly MinDalleSettings _settings;

    /// <summary>Allocates a decoder.</summary>
    /// <param name="sizes">Sizes.</param>
    /// <param name="settings">Rows of embedding and head, start of the image.</param>
    /// <param name="device">Where the weights are; meta allocates nothing.</param>
    public MinDalleDecoder(TransformerArchitecture sizes, MinDalleSettings settings, Device? device = null)
        : base(nameof(MinDalleDecoder))
    {
        ArgumentNullException.ThrowIfNull(sizes);
        ArgumentNullException.ThrowIfNull(settings);
        (Architecture, _settings) = (sizes, settings);
        embed_tokens = nn.Embedding(settings.ImageRows, sizes.Width, device: device);
        embed_positions = nn.Embedding(sizes.ImageTokens, sizes.Width, device: device);
        layers = nn.ModuleList([.. Enumerable.Range(0, sizes.DecoderLayers).Select(_ => new MinDalleLayer(sizes.Width, sizes.MlpWidth, sizes.Heads, true, device))]);
        layernorm_embedding = nn.LayerNorm(sizes.Width, device: device);
        final_ln = nn.LayerNorm(sizes.Width, device: device);
        lm_head = new(sizes.Width, settings.ImageRows, device: device) { KeepsFloat32 = true };
        RegisterComponents();
    }

    /// <inheritdoc />
    public TransformerArchitecture Architecture { get; }

    /// <inheritdoc />
    public IReadOnlyList<ICachedLayer> Layers => [.. layers];

    /// <inheritdoc />
    public Tensor Embed(Tensor tokens, Tensor positions)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        using DisposeScope scope = NewDisposeScope();
        Tensor inputs = tokens.masked_fill(tokens.eq(Scalars.Of(Architecture.CodebookSize)), Scalars.Of(_settings.StartToken));
        return layernorm_embedding.forward(embed_tokens.forward(inputs).Plus(embed_positions.forward(positions))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public Tensor Logits(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        return AllLogits(x).narrow(-1, 0, Architecture.CodebookSize).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Logits of all rows of the head, those that are never sampled among them.</summary>
    /// <param name="x">Outputs of the last layer <c>[R, D]</c>.</param>
    /// <returns><c>[R, I]</c>.</returns>
    public Tensor AllLogits(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        return lm_head.forward(final_ln.forward(x)).MoveToOuterDisposeScope();
    }
}

using Parti.Models.Checkpoints;
using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.Families.MinDalle;

/// <summary>The text encoder: learned positions under a norm, layers, a last norm. Names are the checkpoint's.</summary>
public sealed class MinDalleEncoder : nn.Module
{
    private readonly Embedding embed_tokens, embed_positions;
    private readonly ModuleList<MinDalleLayer> layers;
    private readonly LayerNorm layernorm_embedding, final_ln;
    private readonly Device? _device;

    /// <summary>Allocates an encoder.</summary>
    /// <param name="sizes">Sizes.</param>
    /// <param name="device">Where the weights are; meta allocates nothing.</param>
    public MinDalleEncoder(TransformerArchitecture sizes, Device? device = null)
        : base(nameof(MinDalleEncoder))
    {
        ArgumentNullException.ThrowIfNull(sizes);
        _device = device;
        embed_tokens = nn.Embedding(sizes.TextVocabulary, sizes.Width, device: device);
        embed_positions = nn.Embedding(sizes.MaxTextTokens, sizes.Width, device: device);
        layers = nn.ModuleList([.. Enumerable.Range(0, sizes.EncoderLayers).Select(_ => new MinDalleLayer(sizes.Width, sizes.MlpWidth, sizes.Heads, false, device))]);
        layernorm_embedding = nn.LayerNorm(sizes.Width, device: device);
        final_ln = nn.LayerNorm(sizes.Width, device: device);
        RegisterComponents();
    }

    /// <summary>Text states.</summary>
    /// <param name="ids">Text token ids <c>[B, T]</c>, int64.</param>
    /// <param name="mask">True where a token is real <c>[B, T]</c>.</param>
    /// <param name="outputs">Told of the output of the embedding (0) and of each layer (1, 2, …), each <c>[B, T, D]</c>, while it lives; null for nobody.</param>
    /// <returns><c>[B, T, D]</c>; where the text is padded, numbers that nothing attends to.</returns>
    public Tensor Encode(Tensor ids, Tensor mask, Action<int, Tensor>? outputs = null)
    {
        ArgumentNullException.ThrowIfNull(ids);
        using DisposeScope scope = NewDisposeScope();
        Tensor bias = AttentionMasks.Keys(mask);
        Tensor x = layernorm_embedding.forward(embed_tokens.forward(ids).Plus(embed_positions.forward(TensorMath.Range(ids.shape[1], _device))));
        outputs?.Invoke(0, x);
        for (int i = 0; i < layers.Count; i++)
        {
            x = layers[i].Forward(x, layers[i].SelfKeysAndValues(x), bias, null, null);
            outputs?.Invoke(i + 1, x);
        }

        return final_ln.forward(x).MoveToOuterDisposeScope();
    }
}

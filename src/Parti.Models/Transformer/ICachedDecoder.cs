using Parti.Models.Checkpoints;
using static TorchSharp.torch;

namespace Parti.Models.Transformer;

/// <summary>A decoder of image tokens that attends to a text and whose layers' keys and values a <see cref="DecoderCache"/> keeps.</summary>
public interface ICachedDecoder
{
    /// <summary>Sizes.</summary>
    TransformerArchitecture Architecture { get; }

    /// <summary>Layers.</summary>
    IReadOnlyList<ICachedLayer> Layers { get; }

    /// <summary>Inputs of the first layer.</summary>
    /// <param name="tokens">Previous token of each row <c>[R]</c>, int64; V stands for the start of the image.</param>
    /// <param name="positions">Position to predict of each row <c>[R]</c>, int64.</param>
    /// <returns><c>[R, D]</c>.</returns>
    Tensor Embed(Tensor tokens, Tensor positions);

    /// <summary>Logits, float32.</summary>
    /// <param name="x">Outputs of the last layer <c>[R, D]</c>.</param>
    /// <returns><c>[R, V]</c>.</returns>
    Tensor Logits(Tensor x);
}

/// <summary>A layer of an <see cref="ICachedDecoder"/>.</summary>
public interface ICachedLayer
{
    /// <summary>Told the weights of attention to the text of every <see cref="Forward"/>, <c>[B, H, Q, T]</c> float32, valid during the call; null for nobody.</summary>
    Action<Tensor>? CrossWeighed { set; }

    /// <summary>Cross-attention keys and values of text states, once per prompt; each <c>[B, T, D]</c>.</summary>
    /// <param name="states"><c>[B, T, D]</c>.</param>
    (Tensor Keys, Tensor Values) CrossKeysAndValues(Tensor states);

    /// <summary>Self-attention keys and values of the layer's input; each <c>[B, S, D]</c>.</summary>
    /// <param name="input"><c>[B, S, D]</c>.</param>
    (Tensor Keys, Tensor Values) SelfKeysAndValues(Tensor input);

    /// <summary>The layer over given keys and values.</summary>
    /// <param name="input"><c>[B, Q, D]</c>.</param>
    /// <param name="self">Self-attention keys and values <c>[B, K, D]</c>.</param>
    /// <param name="selfBias">Broadcastable to <c>[B, 1, Q, K]</c>, or null.</param>
    /// <param name="cross">Cross-attention keys and values <c>[B, T, D]</c>, or null in a layer without.</param>
    /// <param name="crossBias">Broadcastable to <c>[B, 1, Q, T]</c>, or null.</param>
    /// <returns><c>[B, Q, D]</c>.</returns>
    Tensor Forward(Tensor input, (Tensor Keys, Tensor Values) self, Tensor? selfBias, (Tensor Keys, Tensor Values)? cross, Tensor? crossBias);
}

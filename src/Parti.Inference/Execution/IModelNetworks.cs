using TorchSharp;

namespace Parti.Inference.Execution;

/// <summary>
/// The networks of one model, as tensors in and tensors out. What a family of models implements; everything around it
/// (shapes of steps, slots, texts, pictures) is the same for all families. Used by one thread at a time.
/// </summary>
public interface IModelNetworks : IDisposable
{
    /// <summary>Where the weights are.</summary>
    torch.Device Device { get; }

    /// <summary>What is loaded; the default is everything. Nobody calls what the others are needed for.</summary>
    ModelParts Parts => ModelParts.All;

    /// <summary>Text tokens read, T.</summary>
    int MaxTextTokens { get; }

    /// <summary>Width of the text states, D.</summary>
    int TextWidth { get; }

    /// <summary>Candidates per image token, V.</summary>
    int Vocabulary { get; }

    /// <summary>Image tokens per picture, N.</summary>
    int ImageTokens { get; }

    /// <summary>Text states of a prompt.</summary>
    /// <param name="ids">Text token ids <c>[1, T]</c>, int64.</param>
    /// <param name="mask">True where a token is real <c>[1, T]</c>.</param>
    /// <returns>States <c>[1, T, D]</c>.</returns>
    torch.Tensor EncodeText(torch.Tensor ids, torch.Tensor mask);

    /// <summary>
    /// Whether text states are the first inputs of the decoder itself, a prefix of its sequence, and not something that its layers attend
    /// across to.
    /// </summary>
    bool TextIsPrefix => false;

    /// <summary>States that stand for no prompt in the guidance of a prompt, in families that have states of their own for it.</summary>
    /// <param name="tokens">Text tokens of the prompt, at least 1.</param>
    /// <returns>States <c>[1, T', D]</c>; null, the default, where the empty text's stand for it.</returns>
    torch.Tensor? UnconditionalText(int tokens) => null;

    /// <summary>
    /// Holds matrices, and the keys and values of caches to come, in a shorter type; called before any cache is made. Norms, softmax and
    /// logits stay float32.
    /// </summary>
    /// <param name="type">BFloat16 or Float16.</param>
    /// <exception cref="EngineRequestException"><c>unsupported</c>: the family computes in float32 alone.</exception>
    void HoldIn(torch.ScalarType type) => throw new EngineRequestException("unsupported", "This model is served in float32 alone; set Dtype to float32.");

    /// <summary>A decoder cache for some rows: the plain path, on any device.</summary>
    /// <param name="rows">Rows.</param>
    IDecodeCache NewCache(int rows);

    /// <summary>The fast path of a processor: kernels that give the same logits within rounding, at any number of rows.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="threads">Threads that share a step, at least 1.</param>
    /// <returns>Null where the family or the device has none.</returns>
    IStepDecoder? NewKernels(int rows, int threads) => null;

    /// <summary>Pixels of image tokens.</summary>
    /// <param name="tokens">Token ids <c>[1, N]</c>, int64.</param>
    /// <returns>Values <c>[1, 3, H, W]</c>, 0 to 1.</returns>
    torch.Tensor DecodePicture(torch.Tensor tokens);

    /// <summary>Image tokens of a picture of the native size.</summary>
    /// <param name="picture">Values <c>[1, 3, H, W]</c>, 0 to 1.</param>
    /// <returns>Token ids <c>[1, N]</c>, int64.</returns>
    torch.Tensor EncodePicture(torch.Tensor picture);

    /// <summary>Image tokens that stand for those not sampled yet in a preview, in families that cannot turn a grey picture into tokens.</summary>
    /// <returns>Token ids <c>[1, N]</c>, int64; null, the default, where a grey picture's tokens are taken.</returns>
    torch.Tensor? NeutralTokens() => null;

    /// <summary>The picture enlarged by the upsampler; called only where the model has one.</summary>
    /// <param name="picture">Values <c>[1, 3, H, W]</c>, 0 to 1.</param>
    torch.Tensor Upscale(torch.Tensor picture);
}

/// <summary>Keys and values of some rows, preallocated; each row is at a position of its own.</summary>
public interface IDecodeCache : IDisposable
{
    /// <summary>Starts a row anew on these states: nothing decoded.</summary>
    /// <param name="row">The row.</param>
    /// <param name="states">Text states <c>[1, T, D]</c>, zero where padded.</param>
    /// <param name="mask">True where a text token is real <c>[1, T]</c>.</param>
    void Enter(int row, torch.Tensor states, torch.Tensor mask);

    /// <summary>
    /// One decode step of the first R rows. A row's logits may depend on that row alone, bit for bit, for R of 4 and more:
    /// attention as batched products and a softmax has this property, the fused kernel has not with two threads (docs/decisions/0002).
    /// </summary>
    /// <param name="tokens">Previous token of each row <c>[R]</c>, int64; V stands for the start of the image.</param>
    /// <param name="positions">Position of each row <c>[R]</c>, int64; below 0 where a prefix is read, see <see cref="DecodeRow"/>.</param>
    /// <returns>Logits <c>[R, V]</c>, float32.</returns>
    torch.Tensor Step(torch.Tensor tokens, torch.Tensor positions);

    /// <summary>The same step, and where it looked in the text.</summary>
    /// <inheritdoc cref="Step" path="/param"/>
    /// <returns>Logits <c>[R, V]</c>, and weights of attention to the text <c>[R, H, T]</c> summed over <see cref="CrossLayers"/>; float32.</returns>
    (torch.Tensor Logits, torch.Tensor Attention) StepAttending(torch.Tensor tokens, torch.Tensor positions) =>
        throw new NotSupportedException("These layers do not attend across to a text.");

    /// <summary>Layers and heads that attend to the text; 0 where none does, and then <see cref="StepAttending"/> must not be called.</summary>
    (int Layers, int Heads) CrossLayers => (0, 0);
}

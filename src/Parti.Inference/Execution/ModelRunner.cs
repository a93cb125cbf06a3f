using Parti.Models.Text;
using TorchSharp;

namespace Parti.Inference.Execution;

/// <summary>A model on libtorch: text, decode and picture stages over the networks of its family.</summary>
public sealed class ModelRunner : IModelRunner
{
    readonly IModelNetworks _networks;
    readonly TextStage _text;
    readonly DecodeStage _decode;
    readonly PictureStage _pictures;
    readonly TextStates _empty;

    /// <summary>Allocates the caches, finds the usable row counts and encodes the empty prompt.</summary>
    /// <param name="description">The model.</param>
    /// <param name="tokenizer">Its text tokenizer.</param>
    /// <param name="networks">Its networks; owned from now on.</param>
    /// <param name="slots">Images that can be sampled at the same time.</param>
    /// <exception cref="InvalidOperationException">Slots cannot be kept apart on this machine with this many threads.</exception>
    public ModelRunner(ModelDescription description, TextTokenizer tokenizer, IModelNetworks networks, int slots)
    {
        (Description, _networks) = (description, networks);
        using IDisposable noGradient = torch.no_grad();
        _text = new TextStage(tokenizer, networks);
        _decode = new DecodeStage(networks, RowCounts.For(slots));
        _pictures = new PictureStage(description, networks);
        RowsPerStep = new RowCountProbe(networks).Apply(_decode).All;
        _empty = _text.Encode("");
    }

    /// <inheritdoc />
    public ModelDescription Description { get; }

    /// <inheritdoc />
    public int Vocabulary => _networks.Vocabulary;

    /// <summary>Row counts at which a decode step may run, ascending; two rows a slot.</summary>
    public IReadOnlyList<int> RowsPerStep { get; }

    /// <inheritdoc />
    public TextConditioning Encode(EncodeRequest request)
    {
        using IDisposable noGradient = torch.no_grad();
        TextStates prompt = _text.Encode(request.Prompt);
        TextStates? negative = request.NegativePrompt is { } text ? _text.Encode(text) : null;
        return new TextConditioning(
            Description.Name, prompt.States, prompt.Tokens, negative?.States, negative?.Tokens ?? 0, prompt.Dropped);
    }

    /// <inheritdoc />
    public void Admit(int slot, TextConditioning conditioning)
    {
        using IDisposable noGradient = torch.no_grad();
        _decode.Enter(2 * slot, conditioning.States, conditioning.Tokens);
        if (conditioning.NegativeStates is { } negative)
        {
            _decode.Enter(2 * slot + 1, negative, conditioning.NegativeTokens);
        }
        else
        {
            _decode.Enter(2 * slot + 1, _empty.States, _empty.Tokens);
        }
    }

    /// <inheritdoc />
    public void DecodeStep(ReadOnlySpan<DecodeInput> inputs)
    {
        using IDisposable noGradient = torch.no_grad();
        _decode.Step(inputs);
    }

    /// <inheritdoc />
    public ReadOnlySpan<float> ConditionalLogits(int slot) => _decode.Logits(2 * slot);

    /// <inheritdoc />
    public ReadOnlySpan<float> UnconditionalLogits(int slot) => _decode.Logits(2 * slot + 1);

    /// <inheritdoc />
    public Picture Detokenize(IReadOnlyList<int> tokens)
    {
        using IDisposable noGradient = torch.no_grad();
        return _pictures.Detokenize(tokens);
    }

    /// <inheritdoc />
    public Picture Upscale(Picture picture, int size)
    {
        using IDisposable noGradient = torch.no_grad();
        return _pictures.Upscale(picture, size);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _decode.Dispose();
        _networks.Dispose();
    }
}

using Parti.Models.Text;
using TorchSharp;

namespace Parti.Inference.Execution;

/// <summary>
/// One model: text, decode and picture stages over the networks of its family. Slot s has rows 2s (the prompt) and 2s + 1 (the empty or
/// negative prompt) of the decoder's caches; a picture without guidance leaves the second idle.
/// </summary>
public sealed class ModelRunner : IModelRunner
{
    readonly IModelNetworks _networks;
    readonly TextStage? _text;
    readonly IStepDecoder? _decoder;
    readonly DecodeRow[] _rows;
    readonly int[] _prefixes;
    readonly PictureStage _pictures;
    readonly TextStates? _empty;

    /// <summary>Allocates the caches, finds the usable row counts and encodes the empty prompt, as far as the networks are loaded.</summary>
    /// <param name="description">The model.</param>
    /// <param name="tokenizer">Its text tokenizer.</param>
    /// <param name="networks">Its networks; owned from now on.</param>
    /// <param name="slots">Images that can be sampled at the same time.</param>
    /// <param name="kernels">False takes the plain path where there is a fast one.</param>
    /// <exception cref="InvalidOperationException">Slots cannot be kept apart on this machine with this many threads.</exception>
    public ModelRunner(ModelDescription description, ITextTokenizer tokenizer, IModelNetworks networks, int slots, bool kernels = true)
    {
        (Description, _networks) = (description, networks);
        using IDisposable noGradient = torch.no_grad();
        _text = networks.Parts.HasFlag(ModelParts.Text) ? new TextStage(tokenizer, networks) : null;
        _pictures = new PictureStage(description, networks);
        if (!networks.Parts.HasFlag(ModelParts.Decoder))
        {
            RowsPerStep = [];
        }
        else if (kernels && networks.NewKernels(2 * slots, torch.get_num_threads()) is { } fast)
        {
            (_decoder, RowsPerStep) = (fast, [.. Enumerable.Range(1, 2 * slots)]);
        }
        else
        {
            TensorDecoder plain = new(networks, RowCounts.For(slots));
            (_decoder, RowsPerStep) = (plain, new RowCountProbe(networks).Apply(plain).All);
        }
        _rows = new DecodeRow[2 * slots + ExtraRows];
        _prefixes = new int[2 * slots];
        _empty = _text?.Encode("");
    }

    /// <inheritdoc />
    public ModelDescription Description { get; }

    /// <inheritdoc />
    public int Vocabulary => _networks.Vocabulary;

    /// <inheritdoc />
    public int PositionsPerStep => 1 + ExtraRows / 2;

    /// <summary>Row counts at which a decode step may run, ascending; two rows a guided slot.</summary>
    public IReadOnlyList<int> RowsPerStep { get; }

    /// <inheritdoc />
    public TextConditioning Encode(EncodeRequest request)
    {
        TextStage text = _text ?? throw NotLoaded(ModelParts.Text);
        using IDisposable noGradient = torch.no_grad();
        (TextStates prompt, TextStates? unconditional) = text.EncodePrompt(request.Prompt);
        // The empty text's states travel along: who samples need not have the text encoder.
        TextStates? negative = string.IsNullOrWhiteSpace(request.NegativePrompt) ? unconditional ?? _empty : text.Encode(request.NegativePrompt);
        return new TextConditioning(
            Description.Name, prompt.States, prompt.Tokens, negative?.States, negative?.Tokens ?? 0, prompt.Dropped);
    }

    /// <inheritdoc />
    public void Admit(int slot, TextConditioning conditioning)
    {
        using IDisposable noGradient = torch.no_grad();
        TextStates? negative = conditioning.NegativeStates is { } states ? new(states, conditioning.NegativeTokens, 0) : null;
        Enter(2 * slot, new(conditioning.States, conditioning.Tokens, 0));
        Enter(2 * slot + 1, negative ?? _empty ?? new([], 0, 0));
    }

    /// <inheritdoc />
    public IReadOnlyList<TextWord>? Words(string prompt) =>
        !Decoder.CanRecord ? null : (_text ?? throw NotLoaded(ModelParts.Text)).Words(prompt);

    /// <inheritdoc />
    public AttentionRecord Record(int slot) => Decoder.Record(2 * slot);

    /// <inheritdoc />
    public int PrefixPositions(int slot, bool guided) => guided ? Math.Max(_prefixes[2 * slot], _prefixes[2 * slot + 1]) : _prefixes[2 * slot];

    /// <inheritdoc />
    public void DecodeStep(ReadOnlySpan<DecodeInput> inputs)
    {
        BeginStep(0, inputs);
        CompleteStep(0);
    }

    /// <inheritdoc />
    public int Lanes => _decoder?.Lanes ?? 1;

    /// <inheritdoc />
    public void BeginStep(int lane, ReadOnlySpan<DecodeInput> inputs)
    {
        int count = 0;
        foreach (DecodeInput input in inputs)
        {
            // The shorter of two prefixes begins later.
            for (int row = 2 * input.Slot; row <= 2 * input.Slot + (input.Guided ? 1 : 0); row++)
            {
                if (input.Position >= -_prefixes[row])
                {
                    _rows[count++] = new DecodeRow(row, input.Token, input.Position);
                }
            }
        }
        Decoder.Begin(lane, _rows.AsSpan(0, count));
    }

    /// <inheritdoc />
    public void CompleteStep(int lane) => Decoder.Complete(lane);

    /// <inheritdoc />
    public ReadOnlySpan<float> ConditionalLogits(int slot, int back = 0) => Decoder.Logits(2 * slot, back);

    /// <inheritdoc />
    public ReadOnlySpan<float> UnconditionalLogits(int slot) => Decoder.Logits(2 * slot + 1);

    /// <inheritdoc />
    public Picture Detokenize(IReadOnlyList<int> tokens)
    {
        Require(ModelParts.Pictures);
        using IDisposable noGradient = torch.no_grad();
        return _pictures.Detokenize(tokens);
    }

    /// <inheritdoc />
    public Picture Upscale(Picture picture, int size)
    {
        Require(ModelParts.Upsampler);
        using IDisposable noGradient = torch.no_grad();
        return _pictures.Upscale(picture, size);
    }

    /// <inheritdoc />
    public int[] EncodePicture(Picture picture)
    {
        Require(ModelParts.Pictures);
        using IDisposable noGradient = torch.no_grad();
        return _pictures.Tokenize(picture);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _decoder?.Dispose();
        _networks.Dispose();
    }

    IStepDecoder Decoder => _decoder ?? throw NotLoaded(ModelParts.Decoder);

    int ExtraRows => _decoder?.ExtraRows ?? 0;

    void Require(ModelParts part)
    {
        if (!_networks.Parts.HasFlag(part))
        {
            throw NotLoaded(part);
        }
    }

    EngineRequestException NotLoaded(ModelParts part) => new(
        "unsupported", $"This worker has loaded {_networks.Parts} of model {Description.Name} and not {part}; Parti:Worker:Stages says which stages it serves.");

    void Enter(int row, TextStates text)
    {
        (int length, int width) = (_networks.MaxTextTokens, _networks.TextWidth);
        if (text.Tokens < 1 || text.Tokens > length || text.States.LongLength != (long)text.Tokens * width)
        {
            throw new EngineRequestException(
                "invalid_conditioning",
                $"The text states have {text.Tokens} tokens and {text.States.Length} values; this model reads 1 to {length} tokens of {width} values. Encode the prompt again.");
        }
        // Position 0 reads the last state.
        _prefixes[row] = _networks.TextIsPrefix ? text.Tokens - 1 : 0;
        Decoder.Enter(row, text.States, text.Tokens);
    }
}

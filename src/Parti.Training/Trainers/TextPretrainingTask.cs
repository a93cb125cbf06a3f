using Parti.Models.Layers;
using Parti.Models.Text;
using Parti.Models.Transformer;
using Parti.Training.Data;
using Parti.Training.Runs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>
/// Trains a transformer's text encoder before image training (Parti §2.3): it predicts hidden tokens of captions, and tells which of a batch's
/// pictures a caption belongs to. Both heads are thrown away afterwards; the decoder stays as it is. Measures <c>masked_loss</c>,
/// <c>masked_accuracy</c>, <c>contrastive_loss</c> and <c>contrastive_accuracy</c>, the last two against a chance of one in the batch.
/// </summary>
public sealed class TextPretrainingTask : TrainingTask, IDisposable
{
    readonly PartiTransformer _network;
    readonly TextTokenizer _text;
    readonly Func<long, Example> _examples;
    readonly TextPretrainingOptions _options;
    readonly MaskVocabulary _vocabulary;
    readonly MaskedTokenHead? _masked;
    readonly ContrastiveHead? _contrastive;
    readonly Device _device;

    /// <summary>Prepares a training on captioned pictures.</summary>
    /// <param name="network">Transformer; only its text encoder is trained. Stays the caller's.</param>
    /// <param name="text">Text tokenizer of the network.</param>
    /// <param name="examples">Where captions and pictures come from.</param>
    /// <param name="options">Weights and sizes.</param>
    /// <exception cref="ArgumentException">An option is out of range, or the tokenizer has more ids than the network.</exception>
    public TextPretrainingTask(PartiTransformer network, TextTokenizer text, IExamples examples, TextPretrainingOptions options)
        : this(network, text, index => examples.At(index, options.ImageSize), options)
    {
    }

    /// <summary>Prepares a training on captions alone.</summary>
    /// <param name="network">Transformer; only its text encoder is trained. Stays the caller's.</param>
    /// <param name="text">Text tokenizer of the network.</param>
    /// <param name="captions">The text at a place from 0; the same place gives the same text.</param>
    /// <param name="options">Weights and sizes; the contrastive weight is 0.</param>
    /// <exception cref="ArgumentException">An option is out of range, a picture is needed, or the tokenizer has more ids than the network.</exception>
    public TextPretrainingTask(PartiTransformer network, TextTokenizer text, Func<long, string> captions, TextPretrainingOptions options)
        : this(network, text, index => new Example(captions(index), []), options)
    {
        if (options.ContrastiveWeight > 0)
        {
            throw new ArgumentException(
                $"{nameof(options.ContrastiveWeight)} is {options.ContrastiveWeight} but captions alone have no pictures; set it to 0 or give examples.", nameof(options));
        }
    }

    TextPretrainingTask(PartiTransformer network, TextTokenizer text, Func<long, Example> examples, TextPretrainingOptions options)
    {
        options.Validate();
        if (text.VocabularySize > network.Architecture.TextVocabulary)
        {
            throw new ArgumentException(
                $"The tokenizer has {text.VocabularySize} ids but the network reads {network.Architecture.TextVocabulary}; give the tokenizer it was built for.", nameof(text));
        }
        (_network, _text, _examples, _options) = (network, text, examples, options);
        _vocabulary = new(text.VocabularySize, text.UnkId, text.PadId, text.EosId);
        _device = network.parameters().First().device;
        _masked = options.MaskedWeight > 0 ? new(network.Architecture.Width, text.VocabularySize, _device) : null;
        _contrastive = options.ContrastiveWeight > 0 ? new(network.Architecture.Width, options, _device) : null;
    }

    /// <inheritdoc />
    public override nn.Module Network => _network;

    /// <inheritdoc />
    public override IEnumerable<(string Name, Parameter Value)> Trained =>
        base.Trained.Where(p => p.Name.StartsWith("encoder", StringComparison.Ordinal) || p.Name.StartsWith("text_", StringComparison.Ordinal)).Concat(Heads);

    /// <inheritdoc />
    public override IEnumerable<(string Name, Tensor Value)> ExtraState => Heads.Select(p => (p.Name, (Tensor)p.Value));

    IEnumerable<(string Name, Parameter Value)> Heads => Parameters("masked", _masked).Concat(Parameters("contrastive", _contrastive));

    /// <inheritdoc />
    public override Tensor Loss(long step)
    {
        using DisposeScope scope = NewDisposeScope();
        Example[] examples = [.. Enumerable.Range(0, _options.Batch).Select(i => _examples(BatchOf(step) * _options.Batch + i))];
        int[][] rows = [.. examples.Select(e => _text.Encode(e.Caption, _network.Architecture.MaxTextTokens).Ids)];
        Tensor? masked = _masked is null ? null : Masked(_masked, rows, BatchOf(step)).mul(Scalars.Of(_options.MaskedWeight));
        Tensor? contrastive = _contrastive is null ? null : Contrastive(_contrastive, examples, rows).mul(Scalars.Of(_options.ContrastiveWeight));
        return (masked is null ? contrastive! : contrastive is null ? masked : masked.Plus(contrastive)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _masked?.Dispose();
        _contrastive?.Dispose();
    }

    /// <summary>The captions of a step with its tokens hidden.</summary>
    /// <param name="rows">Ids by caption.</param>
    /// <param name="step">Step number from 0.</param>
    internal MaskedTokens Hide(int[][] rows, long step)
    {
        // Neighbouring steps shall not hide alike, and the runtime's generator takes 32 bits.
        ulong mixed = unchecked((_options.Seed * 0x9E3779B97F4A7C15 + (ulong)step + 1) * 0xD1342543DE82EF95);
        return MaskedTokens.Hide(rows, _options.MaskedShare, _vocabulary, new Random((int)(mixed >> 33)));
    }

    Tensor Masked(MaskedTokenHead head, int[][] rows, long step)
    {
        using DisposeScope scope = NewDisposeScope();
        MaskedTokens hidden = Hide(rows, step);
        (Tensor states, Tensor _) = Encode(hidden.Rows);
        if (hidden.Places.Count == 0)
        {
            // Captions without a token have nothing to predict; the loss must have a graph all the same.
            return states.sum().mul(Scalars.Of(0)).MoveToOuterDisposeScope();
        }
        long length = states.shape[1];
        Tensor places = tensor([.. hidden.Places.Select(p => p.Row * length + p.Place)], device: _device);
        Tensor targets = tensor([.. hidden.Targets.Select(id => (long)id)], device: _device);
        Tensor logits = head.forward(states.flatten(0, 1).index_select(0, places));
        Tensor loss = nn.functional.cross_entropy(logits, targets);
        Measure("masked_loss", loss);
        Measure("masked_accuracy", logits.argmax(1).eq(targets).to(ScalarType.Float32).mean());
        return loss.MoveToOuterDisposeScope();
    }

    Tensor Contrastive(ContrastiveHead head, Example[] examples, int[][] rows)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor states, Tensor mask) = Encode(rows);
        int size = _options.ImageSize;
        Tensor pictures = tensor(examples.SelectMany(e => e.Pixels).ToArray(), [examples.Length, size, size, 3])
            .to(_device).permute(0, 3, 1, 2).to(ScalarType.Float32).div(Scalars.Of(255));
        (Tensor loss, Tensor accuracy) = head.Loss(pictures, states, mask, [.. examples.Select(e => e.Caption)]);
        Measure("contrastive_loss", loss);
        Measure("contrastive_accuracy", accuracy);
        return loss.MoveToOuterDisposeScope();
    }

    (Tensor States, Tensor Mask) Encode(int[][] rows)
    {
        (Tensor ids, Tensor mask) = TextBatch.Build(_text.PadId, rows, _device);
        (ids, mask) = (ids.to(_device), mask.to(_device));
        return (_network.EncodeText(ids, mask), mask);
    }

    static IEnumerable<(string Name, Parameter Value)> Parameters(string name, nn.Module? head) =>
        head?.named_parameters().Select(p => ($"pretraining.{name}.{p.name}", p.parameter)) ?? [];
}

using Parti.Models.ImageTokenizer;
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
/// Next-token training (Parti §2.2): the picture tokenized by the frozen ViT-VQGAN, the caption into the encoder, cross-entropy
/// averaged over the image tokens. Some captions are dropped for guidance. In some phases the text encoder also learns, or learns alone,
/// which codes the picture holds and where (<see cref="CodeSketch"/>): the place of Parti's text pretraining (§2.3), at a fraction of the
/// cost of a decoder step.
/// </summary>
public sealed class TransformerTask : TrainingTask, IDisposable
{
    readonly PartiTransformer _network;
    readonly FrozenTokens _tokens;
    readonly TextTokenizer _text;
    readonly CodeSketch? _sketch;
    readonly CodeTables? _tables;
    readonly SeededDropout? _dropout;
    readonly ulong _seed;
    readonly ExampleBatches<TransformerBatch> _queue;

    /// <summary>Prepares a training from scratch.</summary>
    /// <param name="network">Transformer.</param>
    /// <param name="tokenizer">Frozen image tokenizer, on the same device.</param>
    /// <param name="text">Text tokenizer.</param>
    /// <param name="examples">Where a phase's pictures and captions come from.</param>
    /// <param name="settings">Batch size, phases, share of dropped captions.</param>
    /// <param name="cache">Image tokens kept on disk; null where the examples hardly ever repeat one.</param>
    public TransformerTask(
        PartiTransformer network, VitVqGan tokenizer, TextTokenizer text, Func<TransformerPhase, IExamples> examples, TransformerTaskSettings settings, TokenCache? cache = null)
    {
        (_network, _text) = (network, text);
        _tokens = new(tokenizer, cache);
        _sketch = settings.Phases.Any(p => p.Sketch) ? new(network.Architecture) : null;
        _tables = settings.CodeVectors ? TablesOf(tokenizer, network.Architecture.Width) : null;
        _seed = (ulong)settings.Seed << 32;
        network.Dropout = _dropout = settings.Dropout > 0 ? new(settings.Dropout, tokenizer.Codebook.device) : null;
        TransformerBatches batches = new(examples, text, settings, tokenizer.Architecture.ImageSize, network.Architecture.MaxTextTokens, _tokens.Known);

        // The batches go round the devices; which place in the round is this one's never changes.
        _queue = new((number, _) => batches.At((number * Devices) + (Part % Devices), Parts));
    }

    /// <inheritdoc />
    public override IEnumerable<(string Name, Parameter Value)> Trained =>
        base.Trained.Where(p => !IsMade(p.Name)).Concat(Beside);

    /// <inheritdoc />
    public override IEnumerable<(string Name, Tensor Value)> ExtraState => Beside.Select(p => (p.Name, (Tensor)p.Value));

    /// <inheritdoc />
    public override nn.Module Network => _network;

    IEnumerable<(string Name, Parameter Value)> Beside => [.. _sketch?.Trained ?? [], .. _tables?.Trained ?? []];

    /// <inheritdoc />
    public override bool IsMade(string name) => _tables is not null && PartiTransformer.IsTable(name);

    /// <inheritdoc />
    public override void Settle()
    {
        if (_tables is not null)
        {
            using IDisposable noGrad = no_grad();
            using DisposeScope scope = NewDisposeScope();
            _network.Adopt(_tables.Now());
        }
    }

    /// <inheritdoc />
    public override Tensor Loss(long step)
    {
        using DisposeScope scope = NewDisposeScope();
        TransformerBatch batch = _queue.At(BatchOf(step) / Devices);
        _dropout?.Begin(_seed ^ (ulong)BatchOf(step));
        (Tensor ids, Tensor mask) = TextBatch.Build(_text.PadId, batch.Texts, _tokens.Device);
        Tensor tokens = _tokens.Of(batch), states = _network.EncodeText(ids, mask);
        Measure("cut_text_tokens", (double)batch.CutTokens / batch.Texts.Length);
        Tensor? described = batch.Phase.Sketch ? _sketch!.Loss(states, mask, tokens, batch.Phase.Presence) : null;
        if (batch.Phase.TextAlone)
        {
            return described!.MoveToOuterDisposeScope();
        }
        Tensor next = NextToken(batch.Phase, batch.Random, tokens, states, mask);
        return (described is null ? next : next.Plus(described)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _queue.Dispose();
        _sketch?.Dispose();
        _tables?.Dispose();
        _network.Dropout = null;
        _dropout?.Dispose();
    }

    Tensor NextToken(TransformerPhase phase, Random random, Tensor tokens, Tensor states, Tensor mask)
    {
        Tensor inputs = phase.ReplacedTokens > 0 ? where(Replaced(random, tokens, phase.ReplacedTokens), Strangers(random, tokens), tokens) : tokens;
        _network.Tables = _tables?.Now();
        Tensor logits = _network.DecodeTrain(inputs, states, mask);
        _network.Tables = null;
        Tensor loss = nn.functional.cross_entropy(logits.flatten(0, 1), tokens.flatten());
        Measure("next_token", loss);
        if (phase.FirstTokenWeight == 1)
        {
            return loss;
        }
        Tensor first = nn.functional.cross_entropy(logits.select(1, 0), tokens.select(1, 0));
        return loss.Plus(first.mul(Scalars.Of((phase.FirstTokenWeight - 1) / tokens.shape[1])));
    }

    static CodeTables TablesOf(VitVqGan tokenizer, int width)
    {
        using IDisposable noGrad = no_grad();
        using Tensor codes = nn.functional.normalize(tokenizer.Codebook, dim: -1);
        return new(codes, width);
    }

    static Tensor Replaced(Random random, Tensor tokens, double share) =>
        tensor([.. Enumerable.Range(0, (int)tokens.numel()).Select(_ => random.NextDouble() < share)], tokens.shape, device: tokens.device);

    Tensor Strangers(Random random, Tensor tokens) =>
        tensor([.. Enumerable.Range(0, (int)tokens.numel()).Select(_ => random.NextInt64(_network.Architecture.CodebookSize))], tokens.shape, device: tokens.device);
}

using Parti.Models.ImageTokenizer;
using Parti.Models.Layers;
using Parti.Models.Text;
using Parti.Models.Transformer;
using Parti.Training.Runs;
using Parti.Training.Scenes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>
/// Next-token training (Parti §2.2): the picture tokenized by the frozen ViT-VQGAN, the caption into the encoder, cross-entropy
/// averaged over the image tokens. Some captions are dropped for guidance. The text encoder also learns which codes the picture holds and
/// where (<see cref="CodeSketch"/>), in some phases alone: the place of Parti's text pretraining (§2.3), at a fraction of the cost of a
/// decoder step.
/// </summary>
public sealed class TransformerTask : TrainingTask, IDisposable
{
    const double DroppedText = 0.1;

    readonly PartiTransformer _network;
    readonly VitVqGan _tokenizer;
    readonly TextTokenizer _text;
    readonly SceneGenerator _scenes;
    readonly CodeSketch _sketch;
    readonly int _batch;
    readonly IReadOnlyList<TransformerPhase> _phases;

    /// <summary>Prepares a training from scratch.</summary>
    /// <param name="network">Transformer.</param>
    /// <param name="tokenizer">Frozen image tokenizer.</param>
    /// <param name="text">Text tokenizer.</param>
    /// <param name="scenes">Where pictures and captions come from.</param>
    /// <param name="batch">Captions a step; twice as many where the text encoder trains alone.</param>
    /// <param name="phases">What the steps do, one phase after another; the last goes on for ever.</param>
    public TransformerTask(
        PartiTransformer network, VitVqGan tokenizer, TextTokenizer text, SceneGenerator scenes, int batch, IReadOnlyList<TransformerPhase> phases)
    {
        (_network, _tokenizer, _text, _scenes, _batch, _phases) = (network, tokenizer, text, scenes, batch, phases);
        _sketch = new(network.Architecture);
    }

    /// <inheritdoc />
    public override IEnumerable<(string Name, Parameter Value)> Trained => base.Trained.Concat(_sketch.Trained);

    /// <inheritdoc />
    public override IEnumerable<(string Name, Tensor Value)> ExtraState => _sketch.Trained.Select(p => (p.Name, (Tensor)p.Value));

    /// <inheritdoc />
    public override nn.Module Network => _network;

    /// <inheritdoc />
    public override Tensor Loss(long step)
    {
        using DisposeScope scope = NewDisposeScope();
        TransformerPhase phase = TransformerPhase.At(_phases, step);
        SceneSample[] samples = Samples(phase, step);
        var random = new Random(unchecked((int)(step * 2654435761)));
        (Tensor ids, Tensor mask) = TextBatch.Build(
            _text, _network.Architecture.MaxTextTokens, [.. samples.Select(s => !phase.TextAlone && random.NextDouble() < DroppedText ? "" : s.Caption)]);
        Tensor tokens = Tokenize(samples);
        Tensor states = _network.EncodeText(ids, mask), described = _sketch.Loss(states, mask, tokens, phase.Presence);
        return (phase.TextAlone ? described : NextToken(phase, random, tokens, states, mask).add(described)).MoveToOuterDisposeScope();
    }

    SceneSample[] Samples(TransformerPhase phase, long step)
    {
        int size = phase.TextAlone ? 2 * _batch : _batch;
        return phase.RelationsOnly ? ScenePictures.Relations(_scenes, step, size, phase.ReadingOrder) : ScenePictures.Batch(_scenes, step, size);
    }

    Tensor NextToken(TransformerPhase phase, Random random, Tensor tokens, Tensor states, Tensor mask)
    {
        Tensor inputs = phase.ReplacedTokens > 0 ? where(Replaced(random, tokens, phase.ReplacedTokens), Strangers(random, tokens), tokens) : tokens;
        Tensor logits = _network.DecodeTrain(inputs, states, mask);
        Tensor loss = nn.functional.cross_entropy(logits.flatten(0, 1), tokens.flatten());
        if (phase.FirstTokenWeight == 1)
        {
            return loss;
        }
        Tensor first = nn.functional.cross_entropy(logits.select(1, 0), tokens.select(1, 0));
        return loss.add(first.mul(Scalars.Of((phase.FirstTokenWeight - 1) / tokens.shape[1])));
    }

    /// <inheritdoc />
    public void Dispose() => _sketch.Dispose();

    Tensor Tokenize(SceneSample[] samples)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return _tokenizer.Encode(ScenePictures.Draw(samples, _tokenizer.Architecture.ImageSize)).MoveToOuterDisposeScope();
    }

    static Tensor Replaced(Random random, Tensor tokens, double share) =>
        tensor([.. Enumerable.Range(0, (int)tokens.numel()).Select(_ => random.NextDouble() < share)], tokens.shape);

    Tensor Strangers(Random random, Tensor tokens) =>
        tensor([.. Enumerable.Range(0, (int)tokens.numel()).Select(_ => random.NextInt64(_network.Architecture.CodebookSize))], tokens.shape);
}

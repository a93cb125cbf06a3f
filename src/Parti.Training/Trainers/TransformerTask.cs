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
/// averaged over the image tokens. Some captions are dropped for guidance. In the decoder's first steps some input tokens are replaced,
/// so that it learns to recover from an odd token; later inputs are clean, as a random code looks like one object more. The text
/// encoder also learns which codes the picture holds and where (<see cref="CodeSketch"/>), alone for the first steps: the place of
/// Parti's text pretraining (§2.3), at a fraction of the cost of a decoder step. Those steps see relations only, twice as many, as other
/// captions say nothing of places, and at first most are said in reading order: which object is on which side depends on the word and on
/// the order of mention at once, and neither alone tells anything.
/// </summary>
public sealed class TransformerTask : TrainingTask, IDisposable
{
    const double DroppedText = 0.1, ReplacedTokens = 0.05;
    const double ReadingOrder = 0.85;
    const long ReadingOrderSteps = 500;

    // Of the steps with a decoder.
    const long ReplacingSteps = 1000, LightPresenceSteps = 3650, EvenSteps = 6000;

    // The first token decides the background, and all others copy it: one token in 64 to learn it from. Weights of positions leave every
    // token's best prediction what it is.
    const double FirstTokenWeight = 8;

    readonly PartiTransformer _network;
    readonly VitVqGan _tokenizer;
    readonly TextTokenizer _text;
    readonly SceneGenerator _scenes;
    readonly CodeSketch _sketch;
    readonly int _batch;
    readonly long _textSteps;

    /// <summary>Prepares a training from scratch.</summary>
    /// <param name="network">Transformer.</param>
    /// <param name="tokenizer">Frozen image tokenizer.</param>
    /// <param name="text">Text tokenizer.</param>
    /// <param name="scenes">Where pictures and captions come from.</param>
    /// <param name="batch">Captions a step.</param>
    /// <param name="textSteps">First steps that train the text encoder alone, 0 or more.</param>
    public TransformerTask(PartiTransformer network, VitVqGan tokenizer, TextTokenizer text, SceneGenerator scenes, int batch, long textSteps = 0)
    {
        (_network, _tokenizer, _text, _scenes, _batch, _textSteps) = (network, tokenizer, text, scenes, batch, textSteps);
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
        bool textAlone = step < _textSteps;
        SceneSample[] samples = textAlone
            ? ScenePictures.Relations(_scenes, step, 2 * _batch, step < ReadingOrderSteps ? ReadingOrder : 0)
            : ScenePictures.Batch(_scenes, step, _batch);
        var random = new Random(unchecked((int)(step * 2654435761)));
        (Tensor ids, Tensor mask) = TextBatch.Build(
            _text, _network.Architecture.MaxTextTokens, [.. samples.Select(s => !textAlone && random.NextDouble() < DroppedText ? "" : s.Caption)]);
        Tensor tokens = Tokenize(samples);
        Tensor states = _network.EncodeText(ids, mask), described = _sketch.Loss(states, mask, tokens, Presence(step));
        return (textAlone ? described : NextToken(random, step, tokens, states, mask).add(described)).MoveToOuterDisposeScope();
    }

    double Presence(long step) => step < _textSteps + LightPresenceSteps ? CodeSketch.LightPresence : CodeSketch.FullPresence;

    Tensor NextToken(Random random, long step, Tensor tokens, Tensor states, Tensor mask)
    {
        Tensor inputs = step < _textSteps + ReplacingSteps ? where(Replaced(random, tokens), Strangers(random, tokens), tokens) : tokens;
        Tensor logits = _network.DecodeTrain(inputs, states, mask);
        Tensor loss = nn.functional.cross_entropy(logits.flatten(0, 1), tokens.flatten());
        if (step < _textSteps + EvenSteps)
        {
            return loss;
        }
        Tensor first = nn.functional.cross_entropy(logits.select(1, 0), tokens.select(1, 0));
        return loss.add(first.mul(Scalars.Of((FirstTokenWeight - 1) / tokens.shape[1])));
    }

    /// <inheritdoc />
    public void Dispose() => _sketch.Dispose();

    Tensor Tokenize(SceneSample[] samples)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return _tokenizer.Encode(ScenePictures.Draw(samples, _tokenizer.Architecture.ImageSize)).MoveToOuterDisposeScope();
    }

    static Tensor Replaced(Random random, Tensor tokens) =>
        tensor([.. Enumerable.Range(0, (int)tokens.numel()).Select(_ => random.NextDouble() < ReplacedTokens)], tokens.shape);

    Tensor Strangers(Random random, Tensor tokens) =>
        tensor([.. Enumerable.Range(0, (int)tokens.numel()).Select(_ => random.NextInt64(_network.Architecture.CodebookSize))], tokens.shape);
}

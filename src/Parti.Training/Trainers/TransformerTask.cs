using Parti.Models.ImageTokenizer;
using Parti.Models.Text;
using Parti.Models.Transformer;
using Parti.Training.Runs;
using Parti.Training.Scenes;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>
/// Next-token training (Parti §2.2): the picture tokenized by the frozen ViT-VQGAN, the caption into the encoder, cross-entropy
/// averaged over the image tokens. Some captions are dropped for guidance; some input tokens are replaced, so that the decoder
/// learns to recover from an odd token.
/// </summary>
public sealed class TransformerTask(PartiTransformer network, VitVqGan tokenizer, TextTokenizer text, SceneGenerator scenes, int batch) : TrainingTask
{
    const double DroppedText = 0.1, ReplacedTokens = 0.05;

    /// <inheritdoc />
    public override nn.Module Network => network;

    /// <inheritdoc />
    public override Tensor Loss(long step)
    {
        using DisposeScope scope = NewDisposeScope();
        SceneSample[] samples = ScenePictures.Batch(scenes, step, batch);
        var random = new Random(unchecked((int)(step * 2654435761)));
        (Tensor ids, Tensor mask) = TextBatch.Build(text, network.Architecture.MaxTextTokens, [.. samples.Select(s => random.NextDouble() < DroppedText ? "" : s.Caption)]);
        Tensor tokens = Tokenize(samples);
        Tensor inputs = where(Replaced(random, tokens), Strangers(random, tokens), tokens);
        Tensor logits = network.DecodeTrain(inputs, network.EncodeText(ids, mask), mask);
        return nn.functional.cross_entropy(logits.flatten(0, 1), tokens.flatten()).MoveToOuterDisposeScope();
    }

    Tensor Tokenize(SceneSample[] samples)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return tokenizer.Encode(ScenePictures.Draw(samples, tokenizer.Architecture.ImageSize)).MoveToOuterDisposeScope();
    }

    static Tensor Replaced(Random random, Tensor tokens) =>
        tensor([.. Enumerable.Range(0, (int)tokens.numel()).Select(_ => random.NextDouble() < ReplacedTokens)], tokens.shape);

    Tensor Strangers(Random random, Tensor tokens) =>
        tensor([.. Enumerable.Range(0, (int)tokens.numel()).Select(_ => random.NextInt64(network.Architecture.CodebookSize))], tokens.shape);
}

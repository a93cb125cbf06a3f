using Parti.Models.Layers;
using Parti.Models.Text;
using Parti.Training.Data;
using Parti.Training.Runs;
using Parti.Training.Trainers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Perception;

/// <summary>
/// Trains a <see cref="FeatureNetwork"/> to tell from a picture which text pieces its caption holds: binary cross-entropy of each piece.
/// Measures beside the loss: <c>piece_recall</c>, the share of the captions' pieces that are found, and <c>piece_rejection</c>, the share
/// of the others that are not; their mean is 0.5 for one who guesses.
/// </summary>
public sealed class FeatureTask : TrainingTask, IDisposable
{
    // Most pieces are absent from most captions; Adam would take many steps to find that out.
    const double RarePiece = -4;
    const int LongestCaption = 128;

    readonly FeatureNetwork _network;
    readonly TextTokenizer _text;
    readonly ExampleBatches<Example[]> _examples;
    readonly int _size;
    readonly Device _device;

    /// <summary>Prepares a training from scratch.</summary>
    /// <param name="network">The network; its bias is set to rare pieces.</param>
    /// <param name="text">Cuts captions into pieces; as many as the network tells apart.</param>
    /// <param name="examples">Where captioned pictures come from.</param>
    /// <param name="size">Edge of the pictures in pixels: at least <see cref="FeatureNetwork.SmallestPicture"/>, to 4,096.</param>
    /// <param name="batch">Pictures a step: 1 to 65,536.</param>
    /// <exception cref="TrainingException">A setting is outside its range, or does not fit the network.</exception>
    public FeatureTask(FeatureNetwork network, TextTokenizer text, IExamples examples, int size, int batch)
    {
        Settings.Range("features.size", size, network.SmallestPicture, 4096);
        Settings.Range("features.batch", batch, 1, 65_536);
        Settings.Require(
            text.VocabularySize == network.Sizes.Pieces,
            $"features.pieces is {network.Sizes.Pieces}; it must be the text tokenizer's number of ids ({text.VocabularySize}).");
        (_network, _text, _examples, _size) = (network, text, PictureBatch.Ahead(examples, batch, size), size);
        Parameter bias = network.named_parameters().Single(p => p.name == "pieces.bias").parameter;
        using IDisposable noGradient = no_grad();
        bias.fill_(Scalars.Of(RarePiece));
        _device = bias.device;
    }

    /// <inheritdoc />
    public override nn.Module Network => _network;

    /// <inheritdoc />
    public override Tensor Loss(long step)
    {
        using DisposeScope scope = NewDisposeScope();
        Example[] examples = _examples.At(BatchOf(step));
        Tensor logits = _network.forward(PictureBatch.Pixels(examples, _size, _device)), present = Present(examples);
        MeasurePieces(logits, present);
        return nn.functional.binary_cross_entropy_with_logits(logits, present).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose() => _examples.Dispose();

    // [B, V], 1 where a caption holds a piece. Every text has its end.
    Tensor Present(Example[] examples)
    {
        float[] present = new float[(long)examples.Length * _text.VocabularySize];
        for (int i = 0; i < examples.Length; i++)
        {
            foreach (int id in _text.Encode(examples[i].Caption, LongestCaption).Ids.Where(id => id != _text.EosId))
            {
                present[((long)i * _text.VocabularySize) + id] = 1;
            }
        }
        using DisposeScope scope = NewDisposeScope();
        return tensor(present, [examples.Length, _text.VocabularySize]).to(_device).MoveToOuterDisposeScope();
    }

    void MeasurePieces(Tensor logits, Tensor present)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor found = logits.gt(Scalars.Of(0)).to(ScalarType.Float32), absent = present.neg().Plus(Scalars.Of(1));
        Measure("piece_recall", found.mul(present).sum().div(present.sum().clamp_min(Scalars.Of(1))));
        Measure("piece_rejection", found.neg().Plus(Scalars.Of(1)).mul(absent).sum().div(absent.sum().clamp_min(Scalars.Of(1))));
    }
}

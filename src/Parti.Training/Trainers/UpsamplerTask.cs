using Parti.Models.ImageTokenizer;
using Parti.Models.SuperResolution;
using Parti.Training.Data;
using Parti.Training.Perception;
using Parti.Training.Runs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>Trains an upsampler from frozen reconstructions to the larger originals (Parti §2.1, figure 4), of either factor.</summary>
public sealed class UpsamplerTask : PictureTask
{
    readonly Upsampler _network;
    readonly VitVqGan _tokenizer;
    readonly ExampleBatches<(Example Small, Example Large)[]> _pairs;

    /// <summary>Prepares a training from scratch.</summary>
    /// <param name="network">The upsampler.</param>
    /// <param name="tokenizer">Makes the reconstructions; only read, on the same device, the caller's.</param>
    /// <param name="examples">Where pictures of both sizes come from.</param>
    /// <param name="options">Batch, losses, discriminator.</param>
    /// <param name="features">Features for the perceptual loss, frozen, the caller's; may be null where it weighs nothing.</param>
    /// <exception cref="TrainingException">A setting is outside its range.</exception>
    public UpsamplerTask(Upsampler network, VitVqGan tokenizer, IExamples examples, PictureOptions options, FeatureNetwork? features = null)
        : base(options.Losses, options.Adversary, features, tokenizer.Architecture.ImageSize * network.Architecture.Factor, network.LastLayer.device)
    {
        options.Validate();
        (_network, _tokenizer) = (network, tokenizer);
        _pairs = PictureBatch.PairsAhead(examples, options.Batch, tokenizer.Architecture.ImageSize, network.Architecture.Factor);
    }

    /// <inheritdoc />
    public override nn.Module Network => _network;

    /// <inheritdoc />
    private protected override Parameter LastLayer => _network.LastLayer;

    /// <inheritdoc />
    public override Tensor Loss(long step)
    {
        using DisposeScope scope = NewDisposeScope();
        (int size, int factor) = (_tokenizer.Architecture.ImageSize, _network.Architecture.Factor);
        (Example Small, Example Large)[] pairs = _pairs.At(BatchOf(step));
        Tensor large = PictureBatch.Pixels(pairs.Select(p => p.Large), size * factor, LastLayer.device);
        Tensor small = Reconstructed(PictureBatch.Pixels(pairs.Select(p => p.Small), size, LastLayer.device));
        return Compare(large, _network.forward(small), null, step).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _pairs.Dispose();
        }
        base.Dispose(disposing);
    }

    Tensor Reconstructed(Tensor pictures)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return _tokenizer.Decode(_tokenizer.Encode(pictures)).MoveToOuterDisposeScope();
    }
}

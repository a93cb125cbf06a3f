using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Training.Data;
using Parti.Training.Perception;
using Parti.Training.Runs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>
/// Second phase of the image tokenizer (Parti §2.1): encoder and codebook stay as they are, and with them every token; a larger decoder
/// with raw pixels learns from the codes. The network comes from <see cref="VitVqGan.WithDecoder"/>.
/// </summary>
public sealed class DecoderTask : PictureTask
{
    readonly VitVqGan _network;
    readonly ExampleBatches<Example[]> _examples;

    /// <summary>Prepares a training; freezes the network's encoder and codebook.</summary>
    /// <param name="network">The tokenizer with its new decoder.</param>
    /// <param name="examples">Where pictures come from.</param>
    /// <param name="options">Batch, losses, discriminator.</param>
    /// <param name="features">Features for the perceptual loss, frozen, the caller's; may be null where it weighs nothing.</param>
    /// <exception cref="TrainingException">A setting is outside its range, or the decoder ends with a sigmoid.</exception>
    public DecoderTask(VitVqGan network, IExamples examples, PictureOptions options, FeatureNetwork? features = null)
        : base(options.Losses, options.Adversary, features, network.Architecture.ImageSize, network.Codebook.device)
    {
        options.Validate();
        Settings.Require(
            network.Architecture.Output == PixelOutput.Raw,
            "image tokenizer: output is logit-laplace; the second phase needs a decoder with raw output (Parti §2.1).");
        (_network, _examples) = (network, PictureBatch.Ahead(examples, options.Batch, network.Architecture.ImageSize));
        foreach ((string name, Parameter value) in network.named_parameters())
        {
            value.requires_grad = VitVqGan.BelongsToDecoder(name);
        }
    }

    /// <inheritdoc />
    public override nn.Module Network => _network;

    /// <inheritdoc />
    public override IEnumerable<(string Name, Parameter Value)> Trained => _network.named_parameters().Where(p => VitVqGan.BelongsToDecoder(p.name));

    /// <inheritdoc />
    private protected override Parameter LastLayer => _network.LastLayer;

    /// <inheritdoc />
    public override Tensor Loss(long step)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pictures = PictureBatch.Pixels(_examples.At(BatchOf(step)), _network.Architecture.ImageSize, _network.Codebook.device);
        return Compare(pictures, _network.DecodeCodes(CodesOf(pictures)), null, step).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _examples.Dispose();
        }
        base.Dispose(disposing);
    }

    Tensor CodesOf(Tensor pictures)
    {
        using IDisposable noGradient = no_grad();
        return _network.Codes(_network.Encode(pictures));
    }
}

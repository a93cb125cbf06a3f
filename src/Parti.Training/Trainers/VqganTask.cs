using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.Layers;
using Parti.Training.Data;
using Parti.Training.Perception;
using Parti.Training.Runs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>
/// Trains the image tokenizer (ViT-VQGAN §3; Parti §2.1, first phase): the losses of <see cref="VqganLosses"/> and the commitment of
/// latents to codes. The codebook is no parameter: it follows its latents (<see cref="CodebookOptions"/>).
/// Measures beside the losses: <c>code_usage</c>, <c>code_perplexity</c> over the last 256 pictures, and <c>code_restarts</c> a step.
/// </summary>
public sealed class VqganTask : PictureTask
{
    readonly VitVqGan _network;
    readonly ExampleBatches<Example[]> _examples;
    readonly VqganOptions _options;
    readonly FollowedCodebook _codebook;
    readonly RecentCodes _recent;
    readonly LogitLaplaceHead? _widths;

    /// <summary>Prepares a training from scratch.</summary>
    /// <param name="network">The tokenizer.</param>
    /// <param name="examples">Where pictures come from.</param>
    /// <param name="options">Batch, losses, codebook, discriminator.</param>
    /// <param name="features">Features for the perceptual loss, frozen, the caller's; may be null where it weighs nothing.</param>
    /// <exception cref="TrainingException">A setting is outside its range, or does not fit the network.</exception>
    public VqganTask(VitVqGan network, IExamples examples, VqganOptions options, FeatureNetwork? features = null)
        : base(options.Losses, options.Adversary, features, network.Architecture.ImageSize, network.Codebook.device)
    {
        options.Validate();
        (_network, _options) = (network, options);
        _examples = PictureBatch.Ahead(examples, options.Batch, network.Architecture.ImageSize);
        _codebook = new(network, options.Codebook);
        _recent = new(network.Architecture, network.Codebook.device);
        if (options.Losses.LogitLaplace > 0)
        {
            Settings.Require(
                network.Architecture.Output == PixelOutput.LogitLaplace,
                $"losses.logit_laplace is {options.Losses.LogitLaplace} and the decoder's output is raw; set logit-laplace to 0, or the image tokenizer's output to logit-laplace.");
            _widths = new(network.Architecture, network.Codebook.device);
        }
    }

    /// <inheritdoc />
    public override nn.Module Network => _network;

    /// <inheritdoc />
    public override IEnumerable<(string Name, Parameter Value)> Trained =>
        _network.named_parameters().Where(p => p.name != "codebook").Concat(_widths?.Trained ?? []);

    /// <inheritdoc />
    public override IEnumerable<(string Name, Tensor Value)> ExtraState =>
        [.. _codebook.State, ("recent_codes", _recent.State), .. _widths?.Trained.Select(p => (p.Name, (Tensor)p.Value)) ?? [], .. base.ExtraState];

    /// <inheritdoc />
    private protected override Parameter LastLayer => _network.LastLayer;

    /// <inheritdoc />
    public override Tensor Loss(long step)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pictures = PictureBatch.Pixels(_examples.At(BatchOf(step)), _network.Architecture.ImageSize, _network.Codebook.device);
        Tensor latents = _network.Latents(pictures);
        if (step < _options.Codebook.FreeSteps)
        {
            return Reconstruction(pictures, latents, step).MoveToOuterDisposeScope();
        }
        (Tensor tokens, Tensor codes, long restarted) = _codebook.Quantise(latents, step);
        MeasureCodes(tokens, restarted, step);
        // Straight through: the decoder sees codes, the encoder gets the gradient of its latents (ViT-VQGAN §3.2).
        Tensor straightThrough = latents.Plus(codes.sub(latents).detach());
        Tensor commitment = latents.sub(codes).Squared().sum(-1).mean();
        Measure("commitment", commitment);
        return Reconstruction(pictures, straightThrough, step).Plus(commitment.mul(Scalars.Of(_options.Losses.Commitment))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _examples.Dispose();
            _codebook.Dispose();
            _recent.Dispose();
            _widths?.Dispose();
        }
        base.Dispose(disposing);
    }

    Tensor Reconstruction(Tensor pictures, Tensor codes, long step)
    {
        if (_widths is null)
        {
            return Compare(pictures, _network.DecodeCodes(codes), null, step);
        }
        Tensor states = _network.DecoderStates(codes), means = _network.Last(states);
        Tensor likelihood = LogitLaplaceHead.NegativeLogLikelihood(pictures, means, _widths.LogWidths(_network, states));
        Measure("logit_laplace", likelihood);
        return Compare(pictures, LogitLaplaceMap.ToPixels(means), likelihood.mul(Scalars.Of(_options.Losses.LogitLaplace)), step);
    }

    void MeasureCodes(Tensor tokens, long restarted, long step)
    {
        _recent.Add(tokens, (step - _options.Codebook.FreeSteps) * _options.Batch);
        (Tensor share, Tensor perplexity) = _recent.Usage();
        Measure("code_usage", share);
        Measure("code_perplexity", perplexity);
        Measure("code_restarts", restarted);
    }
}

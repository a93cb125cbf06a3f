using Parti.Models.Layers;
using Parti.Training.Adversaries;
using Parti.Training.Perception;
using Parti.Training.Runs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>
/// A training whose network makes pictures that are compared with originals: pixels, features and, from some step on, a discriminator.
/// </summary>
public abstract class PictureTask : TrainingTask, IDisposable
{
    readonly PictureErrors _errors;
    readonly PerceptualDistance? _perception;
    readonly PictureAdversary? _adversary;
    readonly double _adversarial;

    /// <summary>Prepares the losses; draws the discriminator's weights where there is one.</summary>
    /// <param name="losses">Weights of the losses.</param>
    /// <param name="adversary">The discriminator; read only where its loss weighs something.</param>
    /// <param name="features">Features for the perceptual loss, frozen, the caller's to dispose; may be null where it weighs nothing.</param>
    /// <param name="size">S, edge of the compared pictures in pixels.</param>
    /// <param name="device">Where the network is.</param>
    /// <exception cref="TrainingException">A setting is outside its range, or features are missing.</exception>
    private protected PictureTask(PictureLosses losses, AdversaryOptions adversary, FeatureNetwork? features, int size, Device device)
    {
        losses.Validate();
        Settings.Require(
            losses.Perceptual == 0 || features is not null,
            $"losses.perceptual is {losses.Perceptual} and there is no feature network; train one first, or set perceptual to 0.");
        _perception = losses.Perceptual > 0 ? new PerceptualDistance(features!) : null;
        _errors = new(losses, _perception);
        _adversarial = losses.Adversarial;
        if (_adversarial > 0)
        {
            _adversary = new(adversary, size, device);
        }
    }

    /// <inheritdoc />
    public sealed override Adversary? Adversary => _adversary;

    /// <inheritdoc />
    public override IEnumerable<(string Name, Tensor Value)> ExtraState => _adversary?.State ?? [];

    /// <summary>The last matrix or kernel of the network, where the gradients of losses are compared.</summary>
    private protected abstract Parameter LastLayer { get; }

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the task allocated beside the network.</summary>
    /// <param name="disposing">True when called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _adversary?.Dispose();
        }
    }

    /// <summary>All losses of pictures, the adversarial one too where it is due.</summary>
    /// <param name="pictures">Originals <c>[B, 3, S, S]</c>, 0 to 1.</param>
    /// <param name="made">What the network made of them, of the same shape, with a graph.</param>
    /// <param name="further">A loss of the same pictures to add, a scalar; null for none.</param>
    /// <param name="step">Step number from 0.</param>
    /// <returns>A scalar with a graph.</returns>
    private protected Tensor Compare(Tensor pictures, Tensor made, Tensor? further, long step)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor reconstruction = _errors.Sum(pictures, made, Measure);
        reconstruction = further is null ? reconstruction : reconstruction.Plus(further);
        Tensor? adversarial = _adversary?.Term(new(pictures, made, reconstruction, LastLayer), _adversarial, step, Measure);
        return (adversarial is null ? reconstruction : reconstruction.Plus(adversarial)).MoveToOuterDisposeScope();
    }
}

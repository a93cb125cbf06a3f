using Parti.Models.Layers;
using Parti.Training.Runs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Adversaries;

/// <summary>What an adversary is told of one step.</summary>
/// <param name="Pictures">Originals <c>[B, 3, S, S]</c>, 0 to 1.</param>
/// <param name="Made">What the network made of them, with a graph.</param>
/// <param name="Reconstruction">The other losses of these pictures, a scalar with a graph.</param>
/// <param name="LastLayer">Where gradients are compared.</param>
sealed record MadePictures(Tensor Pictures, Tensor Made, Tensor Reconstruction, Parameter LastLayer);

/// <summary>
/// A discriminator in turn with a network that makes pictures: it gives the network's loss its adversarial part, and trains on the same
/// pictures after the network's step. One number a step, the error that the guard follows, is read from the device.
/// </summary>
sealed class PictureAdversary : Adversary, IDisposable
{
    // Keeps a ratio of norms finite.
    const double SmallNorm = 1e-6;

    readonly AdversaryOptions _options;
    readonly Discriminator _discriminator;
    readonly ReconstructionGuard _guard;
    (long Step, Tensor Real, Tensor Made)? _last;

    /// <summary>Allocates a discriminator with random weights.</summary>
    /// <param name="options">Kind, sizes, schedule.</param>
    /// <param name="size">S, edge of the pictures in pixels.</param>
    /// <param name="device">Where its weights are.</param>
    /// <exception cref="TrainingException">A setting is outside its range.</exception>
    public PictureAdversary(AdversaryOptions options, int size, Device device)
    {
        options.Validate();
        _options = options;
        _discriminator = Discriminator.Create(options, size, device);
        _guard = new(options);
    }

    /// <summary>Weights of the discriminator and what the guard remembers.</summary>
    public IEnumerable<(string Name, Tensor Value)> State =>
        Trained.Select(p => (p.Name, (Tensor)p.Value)).Append(("adversary.guard", _guard.State));

    /// <inheritdoc />
    public override IEnumerable<(string Name, Parameter Value)> Trained =>
        _discriminator.named_parameters().Select(p => ($"adversary.{p.name}", p.parameter));

    /// <inheritdoc />
    public override bool Trains(long step) => step >= _options.Begin;

    /// <summary>The adversarial part of the network's loss; keeps the step's pictures for <see cref="Loss"/>.</summary>
    /// <param name="made">The step's pictures.</param>
    /// <param name="weight">Weight of the loss.</param>
    /// <param name="step">Step number from 0.</param>
    /// <param name="measure">Told of <c>adversary_weight</c>, with all its factors, and <c>adversary_left_out</c>, how often the guard left it out so far.</param>
    /// <returns>A scalar with a graph; null while the adversary has no say.</returns>
    public Tensor? Term(MadePictures made, double weight, long step, Action<string, Tensor> measure)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor none = zeros([], device: made.Made.device);
        if (!Trains(step))
        {
            measure("adversary_left_out", none.cpu());
            measure("adversary_weight", none);
            return null;
        }
        Keep(made, step);
        double factor = _guard.Next(Error(made), joined: step >= _options.Begin + _options.Alone);
        measure("adversary_left_out", tensor(_guard.TimesLeftOut));
        if (factor == 0)
        {
            measure("adversary_weight", none);
            return null;
        }
        Tensor loss = MakersLoss(made.Made);
        using Scalar scaling = (factor * weight).ToScalar();
        Tensor total = (_options.Adaptive ? Ratio(made, loss) : ones([], device: made.Made.device)).mul(scaling);
        measure("adversary_weight", total);
        return loss.mul(total).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    /// <exception cref="InvalidOperationException">The network's loss of this step was not computed before.</exception>
    public override Tensor Loss(long step)
    {
        if (_last is not { } last || last.Step != step)
        {
            throw new InvalidOperationException($"The adversary's loss of step {step} needs the pictures of that step's main loss.");
        }
        using DisposeScope scope = NewDisposeScope();
        bool penalised = _options.R1 > 0 && step % _options.R1Every == 0;
        Tensor real = penalised ? last.Real.detach().requires_grad_() : last.Real;
        Tensor verdicts = _discriminator.forward(real), loss = _discriminator.OwnLoss(verdicts, _discriminator.forward(last.Made));
        if (penalised)
        {
            loss = loss.Plus(Steepness(real, verdicts).mul(Scalars.Of(_options.R1 / 2 * _options.R1Every)));
        }
        return loss.MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Forget();
        _discriminator.Dispose();
        _guard.Dispose();
    }

    // Mean squared norm of the gradient at the originals (R1), with a graph of its own.
    static Tensor Steepness(Tensor real, Tensor verdicts)
    {
        Tensor sum = verdicts.sum();
        Tensor gradient = autograd.grad([sum], [real], create_graph: true, retain_graph: true)[0];
        return gradient.Squared().sum([1, 2, 3]).mean();
    }

    static double Error(MadePictures made)
    {
        using IDisposable noGradient = no_grad();
        return made.Made.sub(made.Pictures).Squared().mean().item<float>();
    }

    // The discriminator's weights get no gradient here: they are not what this loss moves.
    Tensor MakersLoss(Tensor made)
    {
        Parameter[] weights = [.. _discriminator.parameters()];
        foreach (Parameter weight in weights)
        {
            weight.requires_grad = false;
        }
        Tensor loss = _discriminator.MakersLoss(_discriminator.forward(made));
        foreach (Parameter weight in weights)
        {
            weight.requires_grad = true;
        }
        return loss;
    }

    // VQGAN equation 7.
    Tensor Ratio(MadePictures made, Tensor loss)
    {
        Tensor wanted = Norm(made.Reconstruction, made.LastLayer), given = Norm(loss, made.LastLayer);
        return wanted.div(given.Plus(Scalars.Of(SmallNorm))).clamp(Scalars.Of(0), Scalars.Of(_options.HighestRatio));
    }

    static Tensor Norm(Tensor loss, Parameter layer) =>
        autograd.grad([loss], [layer], retain_graph: true)[0].detach().Squared().sum().sqrt();

    void Keep(MadePictures made, long step)
    {
        Forget();
        _last = (step, made.Pictures.detach().clone().DetachFromDisposeScope(), made.Made.detach().clone().DetachFromDisposeScope());
    }

    void Forget()
    {
        _last?.Real.Dispose();
        _last?.Made.Dispose();
        _last = null;
    }
}

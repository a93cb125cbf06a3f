using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Runs;

/// <summary>
/// Moves parameters along their gradients. Its state is plain tensors, so that a checkpoint is weights, state and step; weight decay is
/// decoupled and on matrices only; the global gradient norm is clipped (Parti §3 clips at 4).
/// </summary>
abstract class Optimiser : IDisposable
{
    /// <summary>State by name, for checkpoints; changed in place only.</summary>
    public abstract IEnumerable<(string Name, Tensor Value)> State { get; }

    /// <summary>Largest gradient norm; larger gradients are scaled down to it.</summary>
    protected double Clip { get; init; }

    /// <summary>The parameters.</summary>
    protected abstract IEnumerable<Parameter> Parameters { get; }

    /// <summary>Allocates an optimiser of the chosen kind.</summary>
    /// <param name="parameters">What it moves, by name.</param>
    /// <param name="options">Kind and settings.</param>
    public static Optimiser Create(IEnumerable<(string Name, Parameter Value)> parameters, OptimiserOptions options) => options.Kind switch
    {
        OptimiserKind.Adafactor => new Adafactor(parameters, options),
        _ => new AdamW(parameters, options),
    };

    /// <summary>One update from the gradients at hand, which are then cleared.</summary>
    /// <param name="updates">Updates done before this one.</param>
    /// <param name="rate">Learning rate.</param>
    /// <returns>The gradient norm before clipping.</returns>
    /// <exception cref="NotFiniteNumberException">The norm is not a number; nothing was changed.</exception>
    public double Step(long updates, double rate)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        double norm = Norm();
        if (!double.IsFinite(norm))
        {
            throw new NotFiniteNumberException($"The gradient norm is {norm}.");
        }
        Update(updates, rate, norm > Clip ? Clip / norm : 1);
        Clear();
        return norm;
    }

    /// <summary>Forgets the gradients at hand.</summary>
    public void Clear()
    {
        foreach (Parameter parameter in Parameters)
        {
            parameter.grad = null;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach ((string _, Tensor value) in State)
        {
            value.Dispose();
        }
    }

    /// <summary>Moves every parameter that has a gradient.</summary>
    /// <param name="updates">Updates done before this one.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="scale">What gradients are multiplied by first.</param>
    protected abstract void Update(long updates, double rate, double scale);

    double Norm()
    {
        Tensor[] squares = [.. Parameters.Select(p => p.grad).OfType<Tensor>().Select(g => g.Squared().sum())];
        return squares.Length == 0 ? 0 : Math.Sqrt(stack(squares).sum().item<float>());
    }
}

/// <summary>Which optimiser.</summary>
public enum OptimiserKind
{
    /// <summary>Adam with decoupled weight decay: two numbers a weight.</summary>
    AdamW,

    /// <summary>Adafactor (Shazeer, Stern 2018) with a first moment, as Parti §3: a byte a weight and two vectors a matrix.</summary>
    Adafactor,
}

/// <summary>Settings of an optimiser.</summary>
public sealed record OptimiserOptions
{
    /// <summary>Kind.</summary>
    public OptimiserKind Kind { get; init; } = OptimiserKind.AdamW;

    /// <summary>First moment decay: 0 to below 1 (Parti §3: 0.9).</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Second moment decay: 0 to below 1 (Parti §3: 0.96).</summary>
    public double Beta2 { get; init; } = 0.96;

    /// <summary>Decoupled weight decay of matrices, from 0 (Parti §3: 0.045).</summary>
    public double WeightDecay { get; init; } = 0.02;

    /// <summary>Clip of the global gradient norm, above 0 (Parti §3: 4).</summary>
    public double Clip { get; init; } = 1;

    /// <summary>Adafactor: largest root mean square of an update before the rate, above 0.</summary>
    public double UpdateClip { get; init; } = 1;

    /// <summary>Adafactor: whether matrices keep their first moment in a byte a weight (Parti §3).</summary>
    public bool ByteMomentum { get; init; } = true;

    /// <summary>Refuses settings out of range.</summary>
    /// <exception cref="TrainingException">A setting is out of range.</exception>
    public void Validate()
    {
        Settings.Range("optimiser.beta1", Beta1, 0, 0.999_999);
        Settings.Range("optimiser.beta2", Beta2, 0, 0.999_999);
        Settings.Range("optimiser.weight_decay", WeightDecay, 0, 1);
        Settings.Range("optimiser.clip", Clip, 1e-6, 1e9);
        Settings.Range("optimiser.update_clip", UpdateClip, 1e-6, 1e9);
    }
}

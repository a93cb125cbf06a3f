using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Runs;

/// <summary>What one kind of training computes; the loop around it is <see cref="TrainingRun"/>.</summary>
public abstract class TrainingTask
{
    readonly Dictionary<string, (Tensor Sum, long Count)> _measured = [];

    /// <summary>The network being trained.</summary>
    public abstract nn.Module Network { get; }

    /// <summary>Parameters the optimiser moves; all of them by default.</summary>
    public virtual IEnumerable<(string Name, Parameter Value)> Trained => Network.named_parameters();

    /// <summary>Tensors beside the weights that a checkpoint must hold; changed in place only.</summary>
    public virtual IEnumerable<(string Name, Tensor Value)> ExtraState => [];

    /// <summary>A second network trained in turn with this one, such as a discriminator; null for none.</summary>
    public virtual Adversary? Adversary => null;

    /// <summary>The loss of one step, a scalar with a graph. A pure function of weights, extra state and step.</summary>
    /// <param name="step">Step number from 0; it fixes the data.</param>
    public abstract Tensor Loss(long step);

    /// <summary>Means of what was measured since the last call, by name.</summary>
    public IReadOnlyDictionary<string, double> TakeMeasures()
    {
        Dictionary<string, double> means = _measured.ToDictionary(pair => pair.Key, pair => pair.Value.Sum.item<double>() / pair.Value.Count);
        foreach ((Tensor sum, long _) in _measured.Values)
        {
            sum.Dispose();
        }
        _measured.Clear();
        return means;
    }

    /// <summary>Adds a value for the metrics beside the loss; nothing is read from the device before a report is due.</summary>
    /// <param name="name">Column of the metrics: lower-case words with underscores.</param>
    /// <param name="value">A scalar; stays the caller's.</param>
    protected void Measure(string name, Tensor value)
    {
        using IDisposable noGradient = no_grad();
        if (_measured.TryGetValue(name, out (Tensor Sum, long Count) before))
        {
            before.Sum.add_(value);
            _measured[name] = (before.Sum, before.Count + 1);
            return;
        }
        _measured[name] = (value.detach().to(ScalarType.Float64, copy: true).DetachFromDisposeScope(), 1);
    }
}

/// <summary>
/// A network that is trained against another one's task: after each step of that task one of its own, with an optimiser of its own. What
/// the task's loss left in its gradients is cleared first.
/// </summary>
public abstract class Adversary
{
    /// <summary>Parameters of its optimiser.</summary>
    public abstract IEnumerable<(string Name, Parameter Value)> Trained { get; }

    /// <summary>Whether it is trained in this step. A pure function of the step.</summary>
    /// <param name="step">Step number from 0.</param>
    public abstract bool Trains(long step);

    /// <summary>Its loss, a scalar with a graph, for the pictures the task's loss of the same step made.</summary>
    /// <param name="step">Step number from 0.</param>
    public abstract Tensor Loss(long step);
}

/// <summary>How long and how fast to train.</summary>
public sealed record TrainingOptions
{
    /// <summary>Run folder: metrics, checkpoint.</summary>
    public required string Folder { get; init; }

    /// <summary>Steps in all, at least 1; the schedule counts steps, never the clock.</summary>
    public required long Steps { get; init; }

    /// <summary>Highest learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Rates in place of a warm-up and one cosine over all steps; null for that.</summary>
    public Func<long, double>? Rates { get; init; }

    /// <summary>Steps from 0 to the highest rate.</summary>
    public long WarmUp { get; init; } = 100;

    /// <summary>Adam's second moment decay (Parti §3: 0.96).</summary>
    public double Beta2 { get; init; } = 0.96;

    /// <summary>Decoupled weight decay of matrices.</summary>
    public double WeightDecay { get; init; } = 0.02;

    /// <summary>Clip of the global gradient norm.</summary>
    public double Clip { get; init; } = 1;

    /// <summary>Continue from the folder's checkpoint if it has one.</summary>
    public bool Resume { get; init; }

    /// <summary>Stop, with a checkpoint, after this long; null for no limit.</summary>
    public TimeSpan? MaxTime { get; init; }

    /// <summary>Between checkpoints.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromMinutes(2);
}

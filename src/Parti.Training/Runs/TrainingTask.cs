using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Runs;

/// <summary>What one kind of training computes; the loop around it is <see cref="TrainingRun"/>.</summary>
public abstract class TrainingTask
{
    readonly Dictionary<string, (double Sum, long Count)> _measured = [];

    /// <summary>The network being trained.</summary>
    public abstract nn.Module Network { get; }

    /// <summary>Parameters the optimiser moves; all of them by default.</summary>
    public virtual IEnumerable<(string Name, Parameter Value)> Trained => Network.named_parameters();

    /// <summary>Tensors beside the weights that a checkpoint must hold; changed in place only.</summary>
    public virtual IEnumerable<(string Name, Tensor Value)> ExtraState => [];

    /// <summary>A second network trained in turn with this one, such as a discriminator, whose weights are <see cref="ExtraState"/>; null for none.</summary>
    public virtual Adversary? Adversary => null;

    /// <summary>Batches whose gradients one step adds up, at least 1; set by the run.</summary>
    public int Parts { get; internal set; } = 1;

    /// <summary>Which of them is next, from 0; set by the run.</summary>
    public int Part { get; internal set; }

    /// <summary>Devices that share the batches of a step evenly, at least 1; set by the run.</summary>
    public int Devices { get; internal set; } = 1;

    /// <summary>
    /// The loss of one batch, a scalar with a graph. A pure function of weights, extra state, step and <see cref="Part"/>.
    /// </summary>
    /// <param name="step">Step number from 0; with the part it fixes the data, see <see cref="BatchOf"/>.</param>
    public abstract Tensor Loss(long step);

    /// <summary>Brings the network in line with what is trained in its place: after every step, and when a training goes on.</summary>
    public virtual void Settle()
    {
    }

    /// <summary>Whether <see cref="Settle"/> makes a tensor of the network, so that no checkpoint needs to give it back.</summary>
    /// <param name="name">Its name.</param>
    public virtual bool IsMade(string name) => false;

    /// <summary>Means of what was measured since the last call, by name.</summary>
    internal IReadOnlyDictionary<string, double> TakeMeasures() => TakeMeasures([this]);

    /// <summary>Means of what some tasks measured since the last call, by name.</summary>
    internal static IReadOnlyDictionary<string, double> TakeMeasures(IReadOnlyList<TrainingTask> tasks)
    {
        Dictionary<string, double> means = tasks.SelectMany(task => task._measured).GroupBy(pair => pair.Key, pair => pair.Value)
            .ToDictionary(group => group.Key, group => group.Sum(value => value.Sum) / group.Sum(value => value.Count));
        foreach (TrainingTask task in tasks)
        {
            task._measured.Clear();
        }
        return means;
    }

    /// <summary>Number of the batch at hand, counted over all steps.</summary>
    /// <param name="step">Step number from 0.</param>
    protected long BatchOf(long step) => step * Parts + Part;

    /// <summary>Adds a value for the metrics beside the loss; several of a step are averaged.</summary>
    /// <param name="name">Column of the metrics: lower-case words with underscores.</param>
    /// <param name="value">Value.</param>
    protected void Measure(string name, double value)
    {
        (double sum, long count) = _measured.GetValueOrDefault(name);
        _measured[name] = (sum + value, count + 1);
    }

    /// <inheritdoc cref="Measure(string, double)"/>
    /// <param name="name">Column of the metrics: lower-case words with underscores.</param>
    /// <param name="value">A scalar; stays the caller's.</param>
    protected void Measure(string name, Tensor value)
    {
        using Tensor number = value.detach().to(ScalarType.Float64);
        Measure(name, number.item<double>());
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

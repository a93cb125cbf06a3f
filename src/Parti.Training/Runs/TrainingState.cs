using static TorchSharp.torch;

namespace Parti.Training.Runs;

/// <summary>What a training changes while it runs.</summary>
sealed class TrainingState : IDisposable
{
    readonly TrainingTask _task;

    /// <summary>Allocates the optimisers' moments and the average of a task.</summary>
    public TrainingState(TrainingTask task, TrainingOptions options)
    {
        _task = task;
        Optimiser = Optimiser.Create(task.Trained, options.Optimiser);
        AdversaryOptimiser = task.Adversary is { } adversary ? Optimiser.Create(adversary.Trained, options.Optimiser) : null;
        Average = options.Average > 0 ? new(task.Network.state_dict().Select(pair => (pair.Key, pair.Value)), options.Average) : null;
    }

    /// <summary>Of the task.</summary>
    public Optimiser Optimiser { get; }

    /// <summary>Of its adversary; null where it has none.</summary>
    public Optimiser? AdversaryOptimiser { get; }

    /// <summary>Average of the network's weights; null where none is kept.</summary>
    public WeightAverage? Average { get; }

    /// <summary>Steps of the adversary so far.</summary>
    public long AdversarySteps { get; set; }

    /// <summary>Every tensor of a checkpoint by name.</summary>
    public IEnumerable<(string Name, Tensor Value)> All =>
        _task.Network.state_dict().Select(pair => (TrainingCheckpoint.NetworkPrefix + pair.Key, pair.Value))
            .Concat(Optimiser.State)
            .Concat(_task.ExtraState.Select(pair => ($"extra.{pair.Name}", pair.Value)))
            .Concat(AverageState)
            .Concat(AdversaryState);

    /// <summary>Those that a training goes on from.</summary>
    public IEnumerable<(string Name, Tensor Value)> Kept => All.Where(pair =>
        !pair.Name.StartsWith(TrainingCheckpoint.NetworkPrefix, StringComparison.Ordinal) || !_task.IsMade(pair.Name[TrainingCheckpoint.NetworkPrefix.Length..]));

    /// <summary>The result by name: the network's tensors, its weights averaged where an average is kept.</summary>
    public Dictionary<string, Tensor> Weights
    {
        get
        {
            Dictionary<string, Tensor> weights = _task.Network.state_dict();
            foreach ((string name, Tensor value) in Average?.State ?? [])
            {
                weights[name] = value;
            }
            return weights;
        }
    }

    IEnumerable<(string Name, Tensor Value)> AverageState =>
        Average?.State.Select(pair => (TrainingCheckpoint.AveragePrefix + pair.Name, pair.Value)) ?? [];

    // Its weights are the task's to keep, as extra state.
    IEnumerable<(string Name, Tensor Value)> AdversaryState => AdversaryOptimiser?.State.Select(p => ($"adversary.{p.Name}", p.Value)) ?? [];

    /// <inheritdoc />
    public void Dispose()
    {
        Optimiser.Dispose();
        AdversaryOptimiser?.Dispose();
        Average?.Dispose();
    }
}

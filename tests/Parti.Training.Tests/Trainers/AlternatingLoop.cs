using Parti.Training.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Tests.Trainers;

/// <summary>Trains a task and its adversary in turn, at a constant rate, without files.</summary>
sealed class AlternatingLoop : IDisposable
{
    static readonly OptimiserOptions Settings = new() { Beta1 = 0, Beta2 = 0.99, WeightDecay = 0 };

    readonly TrainingTask _task;
    readonly AdamW _main;
    readonly AdamW? _second;

    public AlternatingLoop(TrainingTask task)
    {
        set_num_threads(1);
        _task = task;
        _main = new(task.Trained, Settings with { Beta1 = 0.9 });
        _second = task.Adversary is { } adversary ? new(adversary.Trained, Settings) : null;
    }

    /// <summary>Everything that a checkpoint holds.</summary>
    public IEnumerable<(string Name, Tensor Value)> State =>
        _task.Network.state_dict().Select(p => (p.Key, p.Value)).Concat(_main.State).Concat(_second?.State ?? []).Concat(_task.ExtraState);

    /// <summary>Takes steps from one to another; the loss of each.</summary>
    public double[] Run(long from, long to, double rate)
    {
        List<double> losses = [];
        for (long step = from; step < to; step++)
        {
            losses.Add(Step(_task.Loss, _main, step, rate));
            if (_second is not null && _task.Adversary!.Trains(step))
            {
                Step(_task.Adversary.Loss, _second, step, rate);
            }
        }
        return [.. losses];
    }

    public void Dispose()
    {
        _main.Dispose();
        _second?.Dispose();
    }

    static double Step(Func<long, Tensor> loss, AdamW optimiser, long step, double rate)
    {
        double value;
        using (DisposeScope scope = NewDisposeScope())
        {
            Tensor sum = loss(step);
            sum.backward();
            value = sum.item<float>();
        }
        optimiser.Step(step, rate);
        return value;
    }
}

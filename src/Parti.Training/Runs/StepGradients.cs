using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Runs;

/// <summary>
/// The gradients of a step's batches, computed on one device or on several at once. They are added in the order of the batches, each to the sum of
/// those before it, so that devices that compute alike leave the same bytes as one that takes all batches.
/// </summary>
sealed class StepGradients : IDisposable
{
    readonly TrainingTask _task;
    readonly TrainingReplica[] _replicas;

    /// <summary>Prepares the tasks.</summary>
    /// <param name="task">The one that is optimised.</param>
    /// <param name="others">The same on other devices; their weights are this one's from the first step on.</param>
    /// <param name="parts">Batches a step.</param>
    /// <exception cref="SettingException">The devices do not share the batches evenly.</exception>
    internal StepGradients(TrainingTask task, IReadOnlyList<TrainingTask> others, int parts)
    {
        int devices = others.Count + 1;
        Settings.Require("accumulate", parts % devices == 0, parts, $"a multiple of {devices}, as so many devices share the batches of a step");
        foreach (TrainingTask each in (TrainingTask[])[task, .. others])
        {
            (each.Parts, each.Devices) = (parts, devices);
        }
        (_task, _replicas) = (task, [.. others.Select(other => new TrainingReplica(other, task))]);
    }

    /// <summary>Gives the other devices the weights, all of them: call when a training begins or goes on.</summary>
    internal void CopyAll() => Array.ForEach(_replicas, replica => replica.CopyAll());

    /// <summary>Gives the other devices what a step has changed.</summary>
    internal void CopyTrained() => Array.ForEach(_replicas, replica => replica.CopyTrained());

    /// <summary>The mean loss of the batches of a step, whose mean gradients are left with the parameters of the task that is optimised.</summary>
    /// <param name="step">From 0.</param>
    /// <exception cref="NotFiniteNumberException">A loss is not a number.</exception>
    internal double Of(long step)
    {
        double sum = 0;
        for (int part = 0; part < _task.Parts; part += _task.Devices)
        {
            sum = Round(step, part, sum);
        }
        return sum / _task.Parts;
    }

    double Round(long step, int part, double sum)
    {
        for (int i = 0; i < _replicas.Length; i++)
        {
            _replicas[i].Begin(step, part + 1 + i);
        }
        try
        {
            sum += Backward(_task, step, part);
        }
        finally
        {
            // Nothing is left running, whatever comes of this device's own batch.
            Array.ForEach(_replicas, replica => replica.WaitIdle());
        }
        foreach (TrainingReplica replica in _replicas)
        {
            sum += replica.AddGradients();
        }
        return sum;
    }

    /// <inheritdoc />
    public void Dispose() => Array.ForEach(_replicas, replica => replica.Dispose());

    /// <summary>Adds the gradients of one batch to those at hand.</summary>
    /// <returns>Its loss.</returns>
    internal static double Backward(TrainingTask task, long step, int part)
    {
        task.Part = part;
        return Backward(task.Loss(step), task.Parts);
    }

    /// <summary>Adds the gradients of a loss, divided by a number, to those at hand.</summary>
    /// <param name="loss">A scalar with a graph; disposed of.</param>
    /// <param name="parts">The number.</param>
    internal static double Backward(Tensor loss, int parts)
    {
        using (loss)
        {
            double value = loss.item<float>();
            if (!double.IsFinite(value))
            {
                throw new NotFiniteNumberException($"The loss is {value}.");
            }
            using DisposeScope scope = NewDisposeScope();
            using Scalar share = (1.0 / parts).ToScalar();
            (parts == 1 ? loss : loss.mul(share)).backward();
            return value;
        }
    }
}

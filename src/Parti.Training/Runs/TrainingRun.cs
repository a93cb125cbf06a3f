using Parti.Models.Checkpoints;

namespace Parti.Training.Runs;

/// <summary>
/// The loop of every training: loss, gradients, optimiser, metrics, samples, atomic checkpoints. A run that was stopped or killed and
/// resumed takes the same steps on the same data as an undisturbed one and ends with the same bytes.
/// </summary>
/// <param name="task">What is trained.</param>
/// <param name="options">How.</param>
/// <param name="time">Clock of limits and timings; the steps do not depend on it.</param>
/// <param name="samples">Draws sample pictures for a step number and must leave the task as it was; null for none.</param>
/// <param name="replicas">The same task on other devices, which share the batches of a step; each must be one whose loss changes nothing. Null for none.</param>
public sealed class TrainingRun(
    TrainingTask task, TrainingOptions options, TimeProvider time, Action<long>? samples = null, IReadOnlyList<TrainingTask>? replicas = null)
{
    /// <summary>File of a run folder with the trained weights.</summary>
    internal const string WeightsName = "weights.safetensors";

    /// <summary>Trains until the steps are done, time is up or the token is canceled; a checkpoint and the weights are left in each case.</summary>
    /// <param name="report">Told of every row of the metrics.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <returns>True when all steps are done.</returns>
    /// <exception cref="TrainingException">A setting is out of range, or the loss or a gradient is not a number; the last good checkpoint stands.</exception>
    public bool Train(Action<TrainingProgress>? report = null, CancellationToken cancellationToken = default)
    {
        options.Validate();
        Directory.CreateDirectory(options.Folder);
        using StepGradients gradients = new(task, replicas ?? [], options.Accumulate);
        using TrainingState state = new(task, options);
        TrainingCheckpoint.Numbers start = options.Resume ? TrainingCheckpoint.Restore(options.Folder, state.Kept) : new(0, 0, "");
        task.Settle();
        gradients.CopyAll();
        state.AdversarySteps = start.AdversarySteps;
        RunMetrics metrics = new(options.Folder, start.Step, start.Pending);
        long step = Run(state, gradients, metrics, start.Step, report, cancellationToken);
        Save(state, metrics, step);
        SafeTensorsWriter.Write(Path.Combine(options.Folder, WeightsName), state.Weights, TensorDataType.F32);
        return step >= options.Steps;
    }

    long Run(TrainingState state, StepGradients gradients, RunMetrics metrics, long step, Action<TrainingProgress>? report, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp(), saved = started, reported = started, reportedStep = step;
        while (step < options.Steps)
        {
            Step(state, gradients, metrics, step);
            step++;
            if (step % options.ReportEvery == 0)
            {
                Report(metrics, step, (step - reportedStep) / time.GetElapsedTime(reported).TotalSeconds, report);
                (reported, reportedStep) = (time.GetTimestamp(), step);
            }
            if (options.SamplesEvery > 0 && (step % options.SamplesEvery == 0 || step == options.Steps))
            {
                samples?.Invoke(step);
            }
            if (cancellationToken.IsCancellationRequested || time.GetElapsedTime(started) > options.MaxTime)
            {
                break;
            }
            if (time.GetElapsedTime(saved) > options.CheckpointEvery)
            {
                Save(state, metrics, step);
                saved = time.GetTimestamp();
            }
        }
        return step;
    }

    void Report(RunMetrics metrics, long step, double stepsPerSecond, Action<TrainingProgress>? report)
    {
        IReadOnlyDictionary<string, double> row = metrics.EndRow(step, stepsPerSecond, time.GetUtcNow());
        TimeSpan left = stepsPerSecond > 0 ? TimeSpan.FromSeconds((options.Steps - step) / stepsPerSecond) : TimeSpan.Zero;
        report?.Invoke(new(step, options.Steps, row["loss"], row, stepsPerSecond, left));
    }

    void Step(TrainingState state, StepGradients gradients, RunMetrics metrics, long step)
    {
        double rate = options.Rates.At(step, options.Steps);
        try
        {
            metrics.Add("loss", gradients.Of(step));
            metrics.Add("gradient_norm", state.Optimiser.Step(step, rate));
            task.Settle();
            gradients.CopyTrained();
            metrics.Add("rate", rate);
            if (task.Adversary is { } adversary && adversary.Trains(step))
            {
                metrics.Add("adversary_loss", AdversaryStep(state, adversary, step, rate));
            }
        }
        catch (NotFiniteNumberException error)
        {
            throw new TrainingException($"Step {step}: {error.Message} The last checkpoint in {options.Folder} is good. Resume with a lower learning rate.", error);
        }
        state.Average?.Update(step);
        foreach ((string name, double value) in TrainingTask.TakeMeasures([task, .. replicas ?? []]))
        {
            metrics.Add(name, value);
        }
    }

    double AdversaryStep(TrainingState state, Adversary adversary, long step, double rate)
    {
        state.AdversaryOptimiser!.Clear();
        double loss = StepGradients.Backward(adversary.Loss(step), 1);
        state.AdversaryOptimiser.Step(state.AdversarySteps++, rate);
        return loss;
    }

    void Save(TrainingState state, RunMetrics metrics, long step) =>
        TrainingCheckpoint.Save(options.Folder, state.All, new(step, state.AdversarySteps, metrics.Pending));
}

using System.Globalization;
using Parti.Models.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Runs;

/// <summary>
/// The loop of every training: loss, gradients, AdamW under a warm-up and cosine schedule, metrics, atomic checkpoints.
/// A run that was stopped and resumed takes the same steps on the same data as one that was not.
/// </summary>
public sealed class TrainingRun(TrainingTask task, TrainingOptions options, TimeProvider time)
{
    /// <summary>File of a run folder that a training continues from.</summary>
    internal const string CheckpointName = "checkpoint.safetensors";

    /// <summary>What the names of the network's tensors begin with there.</summary>
    internal const string NetworkPrefix = "network.";

    const int ReportEvery = 50;

    /// <summary>Trains until the steps are done, time is up or the token is canceled; a checkpoint is left in each case.</summary>
    /// <param name="report">Told of progress every 50 steps.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <returns>True when all steps are done.</returns>
    /// <exception cref="TrainingException">The loss is not a number; the last good checkpoint stands.</exception>
    public bool Train(Action<TrainingProgress>? report = null, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(options.Folder);
        using var optimiser = new AdamW(task.Trained, 0.9, options.Beta2, options.WeightDecay, options.Clip);
        long step = options.Resume ? Restore(optimiser) : 0, started = time.GetTimestamp(), saved = started, first = step;
        double sum = 0;
        while (step < options.Steps)
        {
            sum += Step(optimiser, step);
            step++;
            TimeSpan elapsed = time.GetElapsedTime(started);
            if (step % ReportEvery == 0)
            {
                var progress = new TrainingProgress(step, options.Steps, sum / ReportEvery, (step - first) / elapsed.TotalSeconds, elapsed);
                sum = 0;
                Log(progress);
                report?.Invoke(progress);
            }
            if (cancellationToken.IsCancellationRequested || elapsed > options.MaxTime)
            {
                break;
            }
            if (time.GetElapsedTime(saved) > options.CheckpointEvery)
            {
                Save(optimiser, step);
                saved = time.GetTimestamp();
            }
        }
        Save(optimiser, step);
        return step >= options.Steps;
    }

    double Step(AdamW optimiser, long step)
    {
        double loss;
        using (DisposeScope scope = NewDisposeScope())
        {
            Tensor value = task.Loss(step);
            value.backward();
            loss = value.item<float>();
        }
        if (!double.IsFinite(loss))
        {
            throw new TrainingException($"The loss of step {step} is not a number; the last checkpoint in {options.Folder} is good. Resume with a lower learning rate.");
        }
        optimiser.Step(step, Rate(step));
        return loss;
    }

    double Rate(long step) => options.Rates?.Invoke(step)
        ?? options.LearningRate * Math.Min(1, (step + 1.0) / options.WarmUp) * Cosine((double)step / options.Steps);

    /// <summary>Falls from 1 to 0.02 along half a cosine.</summary>
    /// <param name="progress">0 to 1.</param>
    internal static double Cosine(double progress) => 0.02 + 0.98 * 0.5 * (1 + Math.Cos(Math.PI * progress));

    void Log(TrainingProgress p)
    {
        string file = Path.Combine(options.Folder, "metrics.csv");
        if (!File.Exists(file))
        {
            File.WriteAllText(file, "step,loss,steps_per_second\n");
        }
        File.AppendAllText(file, string.Create(CultureInfo.InvariantCulture, $"{p.Step},{p.Loss:G9},{p.StepsPerSecond:F2}\n"));
    }

    IEnumerable<(string Name, Tensor Value)> State(AdamW optimiser) =>
        task.Network.state_dict().Select(pair => (NetworkPrefix + pair.Key, pair.Value))
            .Concat(optimiser.State)
            .Concat(task.ExtraState.Select(pair => ($"extra.{pair.Name}", pair.Value)));

    void Save(AdamW optimiser, long step)
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> tensors = State(optimiser).ToDictionary(pair => pair.Name, pair => pair.Value.detach());
        var metadata = new Dictionary<string, string> { ["step"] = step.ToString(CultureInfo.InvariantCulture) };
        SafeTensorsWriter.Write(Path.Combine(options.Folder, CheckpointName), tensors, null, metadata);
    }

    long Restore(AdamW optimiser)
    {
        string file = Path.Combine(options.Folder, CheckpointName);
        if (!File.Exists(file))
        {
            return 0;
        }
        using SafeTensorsReader reader = SafeTensorsReader.Open(file);
        using IDisposable noGrad = no_grad();
        foreach ((string name, Tensor value) in State(optimiser))
        {
            using Tensor stored = reader.ReadTensor(name);
            value.copy_(stored);
        }
        return long.Parse(reader.Metadata["step"], CultureInfo.InvariantCulture);
    }
}

/// <summary>How far a training is.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">Mean loss since the last report.</param>
/// <param name="StepsPerSecond">Rate since the start of this process.</param>
/// <param name="Elapsed">Time since the start of this process.</param>
public sealed record TrainingProgress(long Step, long Steps, double Loss, double StepsPerSecond, TimeSpan Elapsed);

/// <summary>A training cannot go on.</summary>
/// <param name="message">One line with the way out.</param>
public sealed class TrainingException(string message) : Exception(message);

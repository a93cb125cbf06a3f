using System.Globalization;
using Parti.Models.Checkpoints;
using static TorchSharp.torch;

namespace Parti.Training.Runs;

/// <summary>All a training continues from: tensors and a few numbers, in one file that is replaced whole.</summary>
static class TrainingCheckpoint
{
    /// <summary>File of a run folder.</summary>
    internal const string FileName = "checkpoint.safetensors";

    /// <summary>What the names of the network's tensors begin with.</summary>
    internal const string NetworkPrefix = "network.";

    /// <summary>What the names of its averaged weights begin with.</summary>
    internal const string AveragePrefix = "average.";

    /// <summary>The numbers.</summary>
    /// <param name="Step">Steps done.</param>
    /// <param name="AdversarySteps">Of these, steps of the adversary.</param>
    /// <param name="Pending">Sums of the metrics since the last row.</param>
    internal readonly record struct Numbers(long Step, long AdversarySteps, string Pending);

    /// <summary>Writes it.</summary>
    /// <param name="folder">Run folder.</param>
    /// <param name="state">Tensors by name; read, not kept.</param>
    /// <param name="numbers">The numbers.</param>
    internal static void Save(string folder, IEnumerable<(string Name, Tensor Value)> state, Numbers numbers)
    {
        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> tensors = state.ToDictionary(pair => pair.Name, pair => pair.Value.detach());
        var metadata = new Dictionary<string, string>
        {
            ["step"] = numbers.Step.ToString(CultureInfo.InvariantCulture),
            ["adversary_steps"] = numbers.AdversarySteps.ToString(CultureInfo.InvariantCulture),
            ["pending"] = numbers.Pending,
        };
        SafeTensorsWriter.Write(Path.Combine(folder, FileName), tensors, null, metadata);
    }

    /// <summary>Reads it into tensors of the same names and shapes.</summary>
    /// <param name="folder">Run folder.</param>
    /// <param name="state">Tensors by name, overwritten.</param>
    /// <returns>The numbers; zeros where there is no checkpoint yet.</returns>
    /// <exception cref="TrainingException">The checkpoint is of another training.</exception>
    internal static Numbers Restore(string folder, IEnumerable<(string Name, Tensor Value)> state)
    {
        string file = Path.Combine(folder, FileName);
        if (!File.Exists(file))
        {
            return new(0, 0, "");
        }
        using SafeTensorsReader reader = SafeTensorsReader.Open(file);
        using IDisposable noGrad = no_grad();
        (string Name, Tensor Value)[] wanted = [.. state];
        foreach ((string name, Tensor value) in wanted)
        {
            if (!reader.Names.Contains(name) || !reader.Info(name).Shape.SequenceEqual(value.shape))
            {
                throw new TrainingException($"{file} has no \"{name}\" of shape [{string.Join(", ", value.shape)}]: it is of a training with other sizes, optimiser or losses. Resume with that training's configuration, or start in another folder.");
            }
        }
        foreach ((string name, Tensor value) in wanted)
        {
            using Tensor stored = reader.ReadTensor(name);
            value.copy_(stored);
        }
        return new(Number(reader, "step"), Number(reader, "adversary_steps"), reader.Metadata.GetValueOrDefault("pending", ""));
    }

    /// <summary>Steps done in a run folder; 0 where there is no checkpoint.</summary>
    /// <param name="folder">Run folder.</param>
    internal static long StepOf(string folder)
    {
        string file = Path.Combine(folder, FileName);
        if (!File.Exists(file))
        {
            return 0;
        }
        using SafeTensorsReader reader = SafeTensorsReader.Open(file);
        return Number(reader, "step");
    }

    static long Number(SafeTensorsReader reader, string name) => long.Parse(reader.Metadata.GetValueOrDefault(name, "0"), CultureInfo.InvariantCulture);
}

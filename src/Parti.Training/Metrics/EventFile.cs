using TorchSharp;
using TorchSharp.Modules;

namespace Parti.Training.Metrics;

/// <summary>
/// Scalars as TensorBoard reads them: records of events in a file <c>events.out.tfevents.*</c>. A resumed training begins a file of its
/// own in the same folder, which TensorBoard shows as one run.
/// </summary>
public sealed class EventFile
{
    readonly SummaryWriter _writer;
    readonly TimeProvider _time;

    /// <summary>Begins a file.</summary>
    /// <param name="folder">Folder of the run, made if it is missing.</param>
    /// <param name="time">The clock of the events.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public EventFile(string folder, TimeProvider time)
    {
        Directory.CreateDirectory(folder);
        (_writer, _time) = (torch.utils.tensorboard.SummaryWriter(folder), time);
    }

    /// <summary>Adds one value, and closes the file again: a killed process leaves whole records.</summary>
    /// <param name="name">Name of the curve.</param>
    /// <param name="step">Step, 0 to 2³¹ − 1.</param>
    /// <param name="value">Value, kept in float32.</param>
    /// <exception cref="OverflowException">The step is larger.</exception>
    public void Add(string name, long step, double value) =>
        _writer.add_scalar(name, (float)value, checked((int)step), _time.GetUtcNow().ToUnixTimeSeconds());
}

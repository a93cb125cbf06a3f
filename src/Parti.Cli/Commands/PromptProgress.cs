using Parti.Training.Evaluation;

namespace Parti.Cli.Commands;

/// <summary>A line a batch with the time that is left, as a list of prompts takes minutes to hours.</summary>
/// <param name="output">Where to write.</param>
/// <param name="time">The clock.</param>
internal sealed class PromptProgress(TextWriter output, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();
    private int _kept = -1;

    /// <summary>Takes a report; the first one says what was there already.</summary>
    internal void Show(EvaluationProgress progress)
    {
        if (_kept < 0)
        {
            _kept = progress.Done;
            output.WriteLine($"{progress.What}: {progress.Total} pictures, {progress.Done} of them made before");
            return;
        }

        TimeSpan left = time.GetElapsedTime(_started) * ((double)(progress.Total - progress.Done) / (progress.Done - _kept));
        output.WriteLine($"{progress.What}: {progress.Done} of {progress.Total} pictures, {(int)left.TotalHours}:{left:mm\\:ss} left");
    }
}

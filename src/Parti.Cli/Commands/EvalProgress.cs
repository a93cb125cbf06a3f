using Parti.Training.Evaluation;

namespace Parti.Cli.Commands;

/// <summary>One line per quarter of each thing that is scored.</summary>
/// <param name="output">Where to write: standard error, as results are on standard output.</param>
internal sealed class EvalProgress(TextWriter output)
{
    private const int Steps = 4;
    private readonly Dictionary<string, int> _shown = [];

    /// <summary>Takes a report.</summary>
    internal void Show(EvaluationProgress progress)
    {
        int step = (int)((long)progress.Done * Steps / progress.Total);
        if (step > _shown.GetValueOrDefault(progress.What))
        {
            _shown[progress.What] = step;
            output.WriteLine($"{progress.What}: {progress.Done} of {progress.Total} pictures");
        }
    }
}

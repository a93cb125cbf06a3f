using System.CommandLine;
using Parti.Training.Metrics;

namespace Parti.Cli.Commands;

/// <summary><c>parti eval curves</c>: the metrics of a run as pictures.</summary>
internal static class EvalCurvesCommand
{
    /// <summary>The command.</summary>
    internal static Command Create(CliContext context)
    {
        Argument<string> run = new("run") { Description = "Run folder, or the folder of one of its parts." };
        Command command = new(
            "curves",
            $"Draw every {MetricsCurves.MetricsName} below a run folder as {MetricsCurves.CurvesName} beside it: a panel a column, a smooth line over the values. "
            + "The run may be going on.")
        {
            run,
        };
        command.SetAction(parsed => Draw(context, parsed.GetValue(run)!));
        return command;
    }

    private static int Draw(CliContext context, string run)
    {
        string[] metrics = Directory.Exists(run) ? Directory.GetFiles(run, MetricsCurves.MetricsName, SearchOption.AllDirectories) : [];
        if (metrics.Length == 0)
        {
            throw new UsageException($"run is \"{run}\", allowed is a folder with a {MetricsCurves.MetricsName} in or below it; train something there first.");
        }

        foreach (string file in metrics.Order(StringComparer.Ordinal))
        {
            context.Output.WriteLine(MetricsCurves.Write(Path.GetDirectoryName(file)!) ?? $"{file}: nothing measured yet");
        }

        return ExitCodes.Done;
    }
}

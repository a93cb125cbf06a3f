using System.CommandLine;
using Parti.Training.Recipes;

namespace Parti.Cli.Commands;

/// <summary><c>parti train export</c>: a model directory with its card.</summary>
internal static class TrainExportCommand
{
    /// <summary>The command.</summary>
    internal static Command Create(CliContext context)
    {
        Argument<string> target = new("directory") { Description = "Model directory to write." };
        Option<string?> name = new("--name") { Description = "Name that requests use. Default: the directory's." };
        Option<string?> note = new("--note") { Description = "How it was trained, kept in model.json." };
        Option<string?> weights = new("--license") { Description = "Licence of the weights, an SPDX expression or a line of text. Default: Apache-2.0 on scenes, else \"all rights reserved\"." };
        Option<string?> data = new("--data-license") { Description = "Licence of the pictures and captions. Default: that of the scenes, else \"not stated\"." };
        Command command = new("export", "Write a model directory, with its card, from a run.") { target, TrainOptions.Run, name, note, weights, data };
        command.SetAction(parsed =>
        {
            string directory = parsed.GetValue(target)!;
            new ModelExport(new(parsed.GetValue(TrainOptions.Run)!), TimeProvider.System).Write(directory, new()
            {
                Name = parsed.GetValue(name) ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory))),
                Note = parsed.GetValue(note),
                License = parsed.GetValue(weights),
                DataLicense = parsed.GetValue(data),
            });
            context.Output.WriteLine($"Wrote {directory}");
            return ExitCodes.Done;
        });
        return command;
    }
}

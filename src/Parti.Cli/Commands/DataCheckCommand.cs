using System.CommandLine;
using Parti.Training.Data;

namespace Parti.Cli.Commands;

/// <summary><c>parti data check</c>: reads every picture of a source as a training would, and says what would be passed over.</summary>
internal static class DataCheckCommand
{
    private const int ReportEvery = 1000;

    /// <summary>The command.</summary>
    internal static Command Create(CliContext context)
    {
        Argument<string> data = new("data") { Description = "A folder, manifest (.jsonl, .csv, .tsv), .tar file or pattern of .tar files." };
        Option<string?> list = new("--skipped") { Description = "Folder for skipped.csv, which names every picture that would be passed over." };
        Option<int?> edge = CommonOptions.Number("--min-edge", "Also pass over pictures whose shorter side has fewer pixels. Default: 1.", 1, int.MaxValue);
        Command command = new("check", "Read every picture of a source as training would, and say which would be passed over.") { data, list, edge };
        command.SetAction((parsed, token) => Task.Run(
            () =>
            {
                ExamplesOptions options = new() { SkippedFolder = parsed.GetValue(list), MinEdge = parsed.GetValue(edge) ?? 1 };
                PictureExamples examples = ExampleSources.OpenPictures(parsed.GetValue(data)!, options);
                Check(context, examples, isNamed: options.SkippedFolder is not null, token);
                WriteCounts(context.Output, examples);
                return ExitCodes.Done;
            },
            CancellationToken.None));
        return command;
    }

    /// <summary>What a source has, and what was passed over so far, by reason.</summary>
    internal static void WriteCounts(TextWriter output, PictureExamples examples)
    {
        long broken = examples.Skipped.Values.Sum(), good = examples.Count - (broken - examples.LeftOut.Count);
        output.WriteLine($"{examples.Kind}: {good} pictures, {broken} passed over");
        foreach ((SkipReason reason, long count) in examples.Skipped)
        {
            output.WriteLine($"  {SkippedItem.WordOf(reason)}\t{count}");
        }
    }

    private static void Check(CliContext context, PictureExamples examples, bool isNamed, CancellationToken cancellationToken)
    {
        // With a list of them on disk, thousands of lines help nobody.
        Action<SkippedItem> name = isNamed ? _ => { } : item => context.Output.WriteLine($"{item.Name}\t{item.Word}\t{item.Detail}");
        foreach (SkippedItem item in examples.LeftOut)
        {
            name(item);
        }
        for (int i = 0; i < examples.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (examples.Check(i) is { } skipped)
            {
                name(skipped);
            }
            if ((i + 1) % ReportEvery == 0)
            {
                context.Error.WriteLine($"{i + 1} of {examples.Count} pictures");
            }
        }
    }
}

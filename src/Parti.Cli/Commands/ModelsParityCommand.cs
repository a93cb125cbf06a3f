using System.CommandLine;
using System.Globalization;
using Parti.Inference.Families;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Parity;
using Parti.Native;

namespace Parti.Cli.Commands;

/// <summary><c>parti models parity</c>: our mathematics against tensors that a family's own code computed.</summary>
internal static class ModelsParityCommand
{
    /// <summary>The command.</summary>
    internal static Command Create(CliContext context)
    {
        Argument<string> folder = new("fixture") { Description = $"A folder with {Fixture.ManifestName}, {Fixture.GoldenName} and a checkpoint, or a folder of such folders." };
        Command command = new("parity", "Compute a fixture's outputs from its inputs and compare them. Tokens must be equal.\n\nExample:\n  parti models parity tests/Parti.Models.Tests/Fixtures/taming-vqgan/f16") { folder };
        command.SetAction((parsed, cancellationToken) => Task.FromResult(Run(context, parsed.GetValue(folder)!, cancellationToken)));
        return command;
    }

    private static int Run(CliContext context, string folder, CancellationToken cancellationToken)
    {
        TorchRuntime.Start();
        List<string> failed = [];
        List<string> fixtures = Fixtures(folder);
        foreach (string fixture in fixtures)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                failed.AddRange(RunOne(context, fixture, cancellationToken));
            }
            catch (CheckpointException error) when (fixtures.Count > 1)
            {
                context.Output.WriteLine($"{fixture}: fail  {error.Message}\n");
                failed.Add($"all of {fixture}");
            }
        }

        return failed.Count == 0 ? ExitCodes.Done : throw new CommandFailedException($"{failed.Count} golden tensors are not met, the first is {failed[0]}.");
    }

    private static IEnumerable<string> RunOne(CliContext context, string folder, CancellationToken cancellationToken)
    {
        using Fixture fixture = Fixture.Open(folder);
        ParityReport report = ParityCheck.Run(fixture, FamilyLoaders.RunKernels(fixture), cancellationToken);
        context.Output.WriteLine($"{fixture.Upstream} {fixture.Variant} ({string.Join(", ", report.Families)}); inputs: {string.Join(", ", report.Inputs)}");
        int width = Math.Max(6, report.Rows.Select(row => row.Name.Length).DefaultIfEmpty(0).Max());
        context.Output.WriteLine($"{"tensor".PadRight(width)}  {"max error",10}  {"tolerance",10}  result");
        foreach (ParityRow row in report.Rows)
        {
            context.Output.WriteLine($"{row.Name.PadRight(width)}  {Text(row.MaxError),10}  {Text(row.Tolerance),10}  {(row.Passed ? "pass" : "fail")}{(row.Note.Length > 0 ? $"  {row.Note}" : "")}");
        }

        context.Output.WriteLine();
        return [.. report.Rows.Where(row => !row.Passed).Select(row => $"{row.Name} of {folder}"), .. report.Rows.Count == 0 ? [$"any of {folder}"] : Array.Empty<string>()];
    }

    private static List<string> Fixtures(string folder)
    {
        string full = Path.GetFullPath(folder);
        if (File.Exists(Path.Combine(full, Fixture.ManifestName)))
        {
            return [full];
        }

        List<string> below = Directory.Exists(full)
            ? [.. Directory.EnumerateFiles(full, Fixture.ManifestName, new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 }).Select(file => Path.GetDirectoryName(file)!).Order(StringComparer.Ordinal)]
            : [];
        return below.Count > 0 ? below : throw new CheckpointException($"{full} has no {Fixture.ManifestName}; give a fixture's folder.");
    }

    private static string Text(double? value) => value switch
    {
        null => "-",
        double.PositiveInfinity => "not near",
        { } number => number.ToString("0.##e+0", CultureInfo.InvariantCulture),
    };
}

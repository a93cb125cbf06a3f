using System.CommandLine;
using Parti.Training.Evaluation;

namespace Parti.Cli.Commands;

/// <summary><c>parti eval</c>: scores of a model directory or of a run.</summary>
internal static class EvalCommand
{
    /// <summary>A million: more takes longer than anybody waits.</summary>
    internal const int MostPictures = 1_000_000;

    /// <summary>The seed where none is given.</summary>
    internal const ulong DefaultSeed = 99;

    /// <summary>The command.</summary>
    internal static Command Create(CliContext context) => new("eval", "Score a model directory, or what a run has trained.\n\nExample:\n  parti eval compositional --prompts 200")
    {
        EvalCompositionalCommand.Create(context),
        EvalSpritesCommand.Create(context),
        EvalReconCommand.Create(context),
        EvalPromptsCommand.Create(context),
        EvalWeightsCommand.Create(context),
        EvalCurvesCommand.Create(context),
    };

    /// <summary>Seed of scenes and samples.</summary>
    internal static Option<ulong?> Seed() =>
        CommonOptions.Number<ulong>("--seed", $"Seed of scenes and samples. Default: {DefaultSeed}.", 0, ulong.MaxValue);

    /// <summary>Which fresh scenes.</summary>
    internal static Option<string?> Split() => CommonOptions.Choice("--split", "Which fresh scenes. Default: test.", [.. EvaluationSplits.Names]);

    /// <summary>Whether the decoder is quantised.</summary>
    internal static Option<bool> Int8() => new("--int8") { Description = "Score with int8 decoder weights, as a model.json with \"decoder_weights\": \"int8\" has it." };

    /// <summary>Where the report goes as JSON.</summary>
    internal static Option<string?> JsonFile(string what) => new("--json") { Description = $"Also write {what} to this file as JSON.", HelpName = "file" };

    /// <summary>Refuses a report's place before hours of work, not after.</summary>
    /// <param name="option">The option that names the file.</param>
    /// <param name="file">The file; null where it is not given.</param>
    /// <exception cref="UsageException">The file's folder does not exist.</exception>
    internal static void RequireFolderOf(string option, string? file)
    {
        if (file is not null && !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file))))
        {
            throw new UsageException($"{option} is \"{file}\", allowed is a file in a folder that exists; make the folder first.");
        }
    }
}

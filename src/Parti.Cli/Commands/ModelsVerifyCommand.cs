using System.CommandLine;
using Parti.Models.Checkpoints;
using Parti.Models.Families;
using Parti.Native;
using Parti.Silo;

namespace Parti.Cli.Commands;

/// <summary><c>parti models verify</c>: hashes, names and shapes of tensors, and values that are not finite.</summary>
internal static class ModelsVerifyCommand
{
    /// <summary>The command.</summary>
    internal static Command Create(CliContext context)
    {
        Argument<string?> model = new("model")
        {
            Description = "A model directory, or the name of a model that is found. Default: the only one, or demo.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string[]> paths = CommonOptions.ModelPath();
        Command command = new("verify", "Hold a model's files against its manifest: sizes and hashes, names and shapes of tensors, no value that is not finite.\n\nExample:\n  parti models verify models/demo")
        {
            model, paths,
        };
        command.SetAction((parsed, cancellationToken) => Task.FromResult(Verify(context, Directory(parsed.GetValue(model), parsed.GetValue(paths)), cancellationToken)));
        return command;
    }

    private static int Verify(CliContext context, string directory, CancellationToken cancellationToken)
    {
        TorchRuntime.Start();
        ModelFileCheck? bad = null;
        foreach (ModelFileCheck check in ModelVerification.Run(directory, cancellationToken))
        {
            context.Output.WriteLine($"{check.Name}\t{check.Message}");
            bad ??= check.Ok ? null : check;
        }

        return bad is null ? ExitCodes.Done : throw new CommandFailedException($"{directory}: {bad.Message} Take the model from where it came from once more.");
    }

    private static string Directory(string? model, string[]? paths) => model is not null && ModelDirectory.Exists(model)
        ? Path.GetFullPath(model)
        : ModelCatalog.Find(ModelFolders.Search(paths)).Resolve(model).DirectoryPath;
}

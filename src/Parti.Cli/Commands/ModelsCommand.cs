using System.CommandLine;
using Parti.Models.Checkpoints;
using Parti.Silo;

namespace Parti.Cli.Commands;

/// <summary><c>parti models list|show|verify|import|parity|plan</c>.</summary>
internal static class ModelsCommand
{
    /// <summary>The command group.</summary>
    internal static Command Create(CliContext context)
    {
        Command group = new("models", "Look at the models that this machine can serve.\n\nExample:\n  parti models verify demo");
        group.Subcommands.Add(List(context));
        group.Subcommands.Add(Show(context));
        group.Subcommands.Add(ModelsVerifyCommand.Create(context));
        group.Subcommands.Add(ModelsImportCommand.Create(context));
        group.Subcommands.Add(ModelsParityCommand.Create(context));
        group.Subcommands.Add(ModelsPlanCommand.Create(context));
        return group;
    }

    private static Command List(CliContext context)
    {
        Option<string[]> paths = CommonOptions.ModelPath();
        Command command = new("list", "List the models found.") { paths };
        command.SetAction(parsed =>
        {
            ModelCatalog catalog = Find(parsed, paths);
            foreach (ModelDirectory model in catalog.Models)
            {
                context.Output.WriteLine($"{model.Manifest.Name}\t{model.Manifest.Architecture.ImageTokenizer.ImageSize} px\t{model.DirectoryPath}");
            }

            foreach (string reason in catalog.Broken.Values)
            {
                context.Error.WriteLine(reason);
            }

            if (catalog.Models.Count == 0 && catalog.Broken.Count == 0)
            {
                catalog.Resolve();
            }

            return catalog.Models.Count == 0 ? ExitCodes.Failed : ExitCodes.Done;
        });
        return command;
    }

    private static Command Show(CliContext context)
    {
        Argument<string?> name = Name();
        Option<string[]> paths = CommonOptions.ModelPath();
        Command command = new("show", "Show a model's manifest.") { name, paths };
        command.SetAction(parsed =>
        {
            ModelDirectory model = Find(parsed, paths).Resolve(parsed.GetValue(name));
            context.Output.WriteLine(File.ReadAllText(Path.Combine(model.DirectoryPath, ModelDirectory.ManifestName)).TrimEnd());
            return ExitCodes.Done;
        });
        return command;
    }

    private static ModelCatalog Find(ParseResult parsed, Option<string[]> paths) => ModelCatalog.Find(ModelFolders.Search(parsed.GetValue(paths)));

    private static Argument<string?> Name() => new("model")
    {
        Description = "Name of the model. Default: the only one, or demo.",
        Arity = ArgumentArity.ZeroOrOne,
    };
}

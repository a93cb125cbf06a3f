using System.CommandLine;
using Parti.Abstractions;
using Parti.Client;
using Parti.Models.Checkpoints;
using Parti.Silo;

namespace Parti.Cli.Commands;

/// <summary><c>parti models list|show|verify|import|attach|parity|plan</c>.</summary>
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
        group.Subcommands.Add(ModelsAttachCommand.Create(context));
        group.Subcommands.Add(ModelsParityCommand.Create(context));
        group.Subcommands.Add(ModelsPlanCommand.Create(context));
        return group;
    }

    private static Command List(CliContext context)
    {
        ServerOptions server = new();
        Option<string[]> paths = CommonOptions.ModelPath();
        Command command = server.AddTo(new("list", "List the models found, or those that a server's workers serve.") { paths });
        command.SetAction((parsed, cancellationToken) => server.Read(parsed, context.Environment) is { } options
            ? ListServedAsync(context, options, cancellationToken)
            : Task.FromResult(ListFound(context, Find(parsed, paths))));
        return command;
    }

    private static int ListFound(CliContext context, ModelCatalog catalog)
    {
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
    }

    private static async Task<int> ListServedAsync(CliContext context, PartiClientOptions server, CancellationToken cancellationToken)
    {
        using HttpPartiClient client = new(server);
        IReadOnlyList<WorkerSnapshot> workers = await client.ListWorkersAsync(cancellationToken);
        foreach (IGrouping<string, WorkerSnapshot> model in workers.SelectMany(worker => worker.Models, (worker, model) => (worker, model))
            .GroupBy(pair => pair.model, pair => pair.worker).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            context.Output.WriteLine($"{model.Key}\t{string.Join(' ', model.Select(worker => worker.Id))}");
        }

        return ExitCodes.Done;
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

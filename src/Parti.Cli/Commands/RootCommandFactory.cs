using System.CommandLine;

namespace Parti.Cli.Commands;

/// <summary>The commands there are; one file each in this folder.</summary>
internal static class RootCommandFactory
{
    private static readonly Func<CliContext, Command>[] Groups =
    [
        GenerateCommand.Create,
        JobsCommand.Create,
        WorkersCommand.Create,
        ModelsCommand.Create,
        TrainCommand.Create,
        EvalCommand.Create,
        DataCommand.Create,
        VersionCommand.Create,
    ];

    /// <summary>The root with every command below it.</summary>
    internal static RootCommand Create(CliContext context)
    {
        RootCommand root = new("Pictures from text, made by an autoregressive model on this machine.\n\nExample:\n  parti generate \"a red circle to the left of a blue square\"");
        root.Options.Add(CommonOptions.Verbose);
        foreach (Func<CliContext, Command> group in Groups)
        {
            root.Subcommands.Add(group(context));
        }

        return root;
    }
}

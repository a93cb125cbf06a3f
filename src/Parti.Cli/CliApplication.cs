using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Parti.Cli.Commands;

namespace Parti.Cli;

/// <summary>Runs a command line: every failure is one line and a number, whatever it was.</summary>
internal static class CliApplication
{
    /// <summary>Parses and runs.</summary>
    /// <returns>The exit code.</returns>
    internal static async Task<int> RunAsync(IReadOnlyList<string> arguments, CliContext context, CancellationToken cancellationToken = default)
    {
        // A prompt may begin with "@"; it names no file.
        ParserConfiguration parsing = new() { ResponseFileTokenReplacer = null };
        ParseResult parsed = RootCommandFactory.Create(context).Parse(arguments, parsing);
        if (parsed.Action is ParseErrorAction && parsed.Errors.Count > 0)
        {
            await context.Error.WriteLineAsync(OneLine($"{parsed.Errors[0].Message} See \"{CommandPath(parsed)} --help\"."));
            return ExitCodes.Usage;
        }

        InvocationConfiguration invocation = new()
        {
            Output = context.Output,
            Error = context.Error,
            EnableDefaultExceptionHandler = false,
            // Jobs are canceled and files closed before the process ends.
            ProcessTerminationTimeout = TimeSpan.FromSeconds(30),
        };
        try
        {
            return await parsed.InvokeAsync(invocation, cancellationToken);
        }
        catch (Exception error)
        {
            await context.Error.WriteLineAsync(parsed.GetValue(CommonOptions.Verbose) ? error.ToString() : Describe(error));
            return ExitCodes.Of(error);
        }
    }

    private static string CommandPath(ParseResult parsed)
    {
        string path = "";
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult { Command: not RootCommand } command; at = at.Parent)
        {
            path = $" {command.Command.Name}{path}";
        }

        // The root is called after the file that was started, which need not be the name people type.
        return $"parti{path}";
    }

    private static string Describe(Exception error) => error is OperationCanceledException ? "Canceled." : OneLine(error.Message);

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}

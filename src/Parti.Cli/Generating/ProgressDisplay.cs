using Parti.Abstractions;
using Spectre.Console;

namespace Parti.Cli.Generating;

/// <summary>Shows how far jobs are.</summary>
internal interface IProgressDisplay
{
    /// <summary>Runs the work while showing progress.</summary>
    Task RunAsync(Func<Task> work);

    /// <summary>Takes an event of a job; from any thread.</summary>
    void Show(string job, JobEvent change);
}

/// <summary>Chooses a display.</summary>
internal static class ProgressDisplay
{
    /// <summary>Bars on a terminal, lines in a pipe, nothing where only results may be written.</summary>
    internal static IProgressDisplay For(CliContext context, bool quiet) =>
        quiet ? new NoProgress() : context.IsTerminal ? new LiveProgress(AnsiConsole.Console) : new PlainProgress(context.Output);

    private sealed class NoProgress : IProgressDisplay
    {
        public Task RunAsync(Func<Task> work) => work();

        public void Show(string job, JobEvent change)
        {
        }
    }
}

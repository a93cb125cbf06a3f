using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Parti.Abstractions;
using Parti.Cli.Generating;
using Parti.Client;
using Parti.Silo;

namespace Parti.Cli.Commands;

/// <summary><c>parti jobs list|show|watch</c>.</summary>
internal static class JobsCommand
{
    private const string StateNames = "queued, running, succeeded, failed, canceled";

    /// <summary>The command group.</summary>
    internal static Command Create(CliContext context)
    {
        Command group = new("jobs", "Look at the jobs of the state folder.\n\nExample:\n  parti jobs list --state running");
        group.Subcommands.Add(List(context));
        group.Subcommands.Add(Show(context));
        group.Subcommands.Add(Watch(context));
        return group;
    }

    private static Command List(CliContext context)
    {
        Option<string?> state = CommonOptions.Choice("--state", "Only jobs in this state.", StateNames.Split(", "));
        Option<int?> limit = CommonOptions.Number("--limit", "Most jobs to list. Default 50.", 1, 1000);
        Option<bool> json = CommonOptions.Json();
        Command command = new("list", "List jobs, newest first.") { state, limit, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using EmbeddedSilo silo = await context.StartSiloAsync(false, [], parsed.GetValue(CommonOptions.Verbose), cancellationToken);
            JobState? wanted = parsed.GetValue(state) is { } name ? Enum.Parse<JobState>(name, ignoreCase: true) : null;
            JobPage page = await silo.Client.ListJobsAsync(new() { State = wanted, Limit = parsed.GetValue(limit) ?? 50 }, cancellationToken);
            if (parsed.GetValue(json))
            {
                context.Output.WriteLine(JsonSerializer.Serialize(page, PartiJson.Default.JobPage));
                return ExitCodes.Done;
            }

            foreach (JobSummary job in page.Jobs)
            {
                context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{job.Id}\t{job.State.ToString().ToLowerInvariant()}\t{job.CreatedAt:yyyy-MM-ddTHH:mm:ssZ}\t{job.N}\t{job.Prompt.ReplaceLineEndings(" ")}"));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Show(CliContext context)
    {
        Argument<string> id = Id();
        Command command = new("show", "Show everything about a job, as JSON.") { id };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using EmbeddedSilo silo = await context.StartSiloAsync(false, [], parsed.GetValue(CommonOptions.Verbose), cancellationToken);
            JobSnapshot job = await silo.Client.GetJob(parsed.GetRequiredValue(id)).DescribeAsync(cancellationToken);
            context.Output.WriteLine(JsonSerializer.Serialize(job, PartiJson.Default.JobSnapshot));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Watch(CliContext context)
    {
        Argument<string> id = Id();
        Option<string[]> paths = CommonOptions.ModelPath();
        Command command = new("watch", "Go on with a job and show its progress until it ends. Ctrl-C stops watching; the job stays.") { id, paths };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using EmbeddedSilo silo = await context.StartSiloAsync(true, parsed.GetValue(paths)!, parsed.GetValue(CommonOptions.Verbose), cancellationToken);
            JobHandle job = silo.Client.GetJob(parsed.GetRequiredValue(id));
            IProgressDisplay display = ProgressDisplay.For(context, quiet: false);
            await display.RunAsync(async () =>
            {
                await foreach (JobEvent next in job.WatchAsync(0, cancellationToken))
                {
                    display.Show(job.Id, next);
                }
            });
            GenerationResult result = await job.GetResultAsync(cancellationToken);
            context.Output.WriteLine($"{job.Id}\t{result.Job.State.ToString().ToLowerInvariant()}\t{JobText.Timings(result.Job.Timings)}");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Argument<string> Id() => new("id") { Description = "The job's id, as generate and jobs list print it." };
}

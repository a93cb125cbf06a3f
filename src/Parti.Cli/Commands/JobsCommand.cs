using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Parti.Abstractions;
using Parti.Cli.Generating;
using Parti.Client;

namespace Parti.Cli.Commands;

/// <summary><c>parti jobs list|show|watch|cancel|retry|delete</c>.</summary>
internal static class JobsCommand
{
    private const string StateNames = "queued, running, succeeded, failed, canceled";

    /// <summary>The command group.</summary>
    internal static Command Create(CliContext context)
    {
        Command group = new("jobs", "Look at the jobs of the state folder or of a server, and steer them.\n\nExamples:\n  parti jobs list --state running\n  parti jobs cancel 01jd3v9k2m7q8r5t --server http://127.0.0.1:8080");
        group.Subcommands.Add(List(context));
        group.Subcommands.Add(Show(context));
        group.Subcommands.Add(Watch(context));
        group.Subcommands.Add(Steer(context, "cancel", "Stop a job's work at the next token; one that has ended stays as it is.", async (job, token) => await job.CancelAsync(token)));
        group.Subcommands.Add(Steer(context, "retry", "Queue a failed or canceled job again; in the state folder it goes on with jobs watch.", async (job, token) => await job.RetryAsync(token)));
        group.Subcommands.Add(Steer(context, "delete", "Remove a job and its pictures.", async (job, token) =>
        {
            await job.DeleteAsync(token);
            return null;
        }));
        return group;
    }

    private static Command List(CliContext context)
    {
        ServerOptions server = new();
        Option<string?> state = CommonOptions.Choice("--state", "Only jobs in this state.", StateNames.Split(", "));
        Option<int?> limit = CommonOptions.Number("--limit", "Most jobs to list. Default 50.", 1, 1000);
        Option<bool> json = CommonOptions.Json();
        Command command = server.AddTo(new("list", "List jobs, newest first.") { state, limit, json });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using ClusterConnection cluster = await context.ConnectAsync(server, parsed, false, [], cancellationToken);
            JobState? wanted = parsed.GetValue(state) is { } name ? Enum.Parse<JobState>(name, ignoreCase: true) : null;
            JobPage page = await cluster.Client.ListJobsAsync(new() { State = wanted, Limit = parsed.GetValue(limit) ?? 50 }, cancellationToken);
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
        ServerOptions server = new();
        Argument<string> id = Id();
        Option<bool> json = CommonOptions.Json();
        Command command = server.AddTo(new("show", "Show everything about a job.") { id, json });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using ClusterConnection cluster = await context.ConnectAsync(server, parsed, false, [], cancellationToken);
            JobSnapshot job = await cluster.Client.GetJob(parsed.GetRequiredValue(id)).DescribeAsync(cancellationToken);
            context.Output.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(job, PartiJson.Default.JobSnapshot) : JobDescription.Of(job));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Watch(CliContext context)
    {
        ServerOptions server = new();
        Argument<string> id = Id();
        Option<string[]> paths = CommonOptions.ModelPath();
        Command command = server.AddTo(new("watch", "Go on with a job and show its progress until it ends. Ctrl-C stops watching; the job stays.") { id, paths });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using ClusterConnection cluster = await context.ConnectAsync(server, parsed, true, parsed.GetValue(paths)!, cancellationToken);
            JobHandle job = cluster.Client.GetJob(parsed.GetRequiredValue(id));
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

    private static Command Steer(CliContext context, string verb, string description, Func<JobHandle, CancellationToken, Task<JobSnapshot?>> steer)
    {
        ServerOptions server = new();
        Argument<string> id = Id();
        Command command = server.AddTo(new(verb, description) { id });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using ClusterConnection cluster = await context.ConnectAsync(server, parsed, false, [], cancellationToken);
            JobHandle job = cluster.Client.GetJob(parsed.GetRequiredValue(id));
            JobSnapshot? after = await steer(job, cancellationToken);
            context.Output.WriteLine($"{job.Id}\t{after?.State.ToString().ToLowerInvariant() ?? "deleted"}");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Argument<string> Id() => new("id") { Description = "The job's id, as generate and jobs list print it." };
}

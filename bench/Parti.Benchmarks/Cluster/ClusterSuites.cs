using System.CommandLine;
using Parti.Benchmarks.Http;

namespace Parti.Benchmarks.Cluster;

/// <summary>The suites that measure what lies around the engines; none of them loads libtorch.</summary>
static class ClusterSuites
{
    /// <summary>Adds them.</summary>
    public static void AddTo(RootCommand root, Option<string?> json)
    {
        Option<int> pictures = new("--pictures") { Description = "Pictures of each table.", DefaultValueFactory = _ => 400 };
        Add(root, json, "actors", "What a picture costs beside its computing, in one process: idle and at full load.",
            (report, parsed, cancel) => ActorsBenchmark.RunAsync(report, parsed.GetValue(pictures), cancel), pictures);

        Option<int> jobs = new("--jobs") { Description = "Jobs to submit.", DefaultValueFactory = _ => 20_000 };
        Option<int> silos = new("--silos") { Description = "Silo processes.", DefaultValueFactory = _ => 3 };
        Option<int> partitions = new("--partitions") { Description = "Partitions of every queue.", DefaultValueFactory = _ => 1 };
        Add(root, json, "jobs", "Jobs a second through all stages, with silos as processes and state in Redis (redis-server must be installed).",
            (report, parsed, cancel) => JobsBenchmark.RunAsync(report, parsed.GetValue(jobs), parsed.GetValue(silos), parsed.GetValue(partitions), cancel), jobs, silos, partitions);
        root.Subcommands.Add(Silo(partitions));

        Option<int> clients = new("--clients") { Description = "Clients at the same time.", DefaultValueFactory = _ => 200 };
        Option<int> seconds = new("--seconds") { Description = "Length of each measurement.", DefaultValueFactory = _ => 20 };
        Add(root, json, "http", "The HTTP interface under many clients, with a device that computes nothing: looking at jobs, and refusing when the queue is full.",
            (report, parsed, cancel) => HttpBenchmark.RunAsync(report, parsed.GetValue(clients), parsed.GetValue(seconds), cancel), clients, seconds);
        root.Subcommands.Add(HttpServerCommand());

        Option<int> workers = new("--workers") { Description = "GPUs.", DefaultValueFactory = _ => 1000 };
        Option<int> slots = new("--slots") { Description = "Images that each GPU samples at a time.", DefaultValueFactory = _ => 8 };
        Option<int> minutes = new("--minutes") { Description = "Virtual minutes.", DefaultValueFactory = _ => 6 };
        Add(root, json, "simulate", "Queueing, utilisation and fairness of many GPUs, in virtual time.",
            (report, parsed, _) => SimulateBenchmark.RunAsync(report, parsed.GetValue(workers), parsed.GetValue(slots), parsed.GetValue(partitions), parsed.GetValue(minutes)), workers, slots, partitions, minutes);
    }

    static void Add(RootCommand root, Option<string?> json, string name, string description, Func<Report, ParseResult, CancellationToken, Task> run, params Option[] options)
    {
        Command command = new(name, description) { json };
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            Report report = new(name, 1, 1);
            await run(report, parsed, cancellationToken);
            report.Write(Console.Out, parsed.GetValue(json));
        });
        root.Subcommands.Add(command);
    }

    static Command HttpServerCommand()
    {
        Option<string> folder = new("--folder") { Required = true };
        Option<int> job = new("--job") { Required = true };
        Option<int> slots = new("--slots") { Required = true };
        Option<int> capacity = new("--capacity") { Required = true };
        Command command = new(HttpServer.Command, "The server of the suite http.") { folder, job, slots, capacity };
        command.Hidden = true;
        command.SetAction((parsed, _) => HttpServer.RunAsync(parsed.GetRequiredValue(folder), TimeSpan.FromMilliseconds(parsed.GetValue(job)), parsed.GetValue(slots), parsed.GetValue(capacity)));
        return command;
    }

    static Command Silo(Option<int> partitions)
    {
        Option<string> name = new("--name") { Required = true };
        Option<string> redis = new("--redis") { Required = true };
        Option<string> folder = new("--folder") { Required = true };
        Command command = new("silo", "One silo of the suite jobs.") { name, redis, folder, partitions };
        command.Hidden = true;
        command.SetAction((parsed, _) => JobsBenchmark.RunSiloAsync(parsed.GetRequiredValue(name), parsed.GetRequiredValue(redis), parsed.GetRequiredValue(folder), parsed.GetValue(partitions)));
        return command;
    }
}

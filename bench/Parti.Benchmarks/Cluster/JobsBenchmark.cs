using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Parti.Abstractions;
using Parti.Client;
using Parti.Grains.Storage;
using Parti.Testing;
using Parti.Testing.Engines;
using StackExchange.Redis;

namespace Parti.Benchmarks.Cluster;

/// <summary>Jobs a second through all stages: silos as processes, state in Redis that writes every change to its disk.</summary>
static class JobsBenchmark
{
    const string Ready = "silo is ready";
    const int Submitters = 128;

    /// <summary>One silo, until it is told to end.</summary>
    public static async Task RunSiloAsync(string name, string redis, string folder, int partitions)
    {
        NoOpEngine engine = new(NoOpTimes.Zero, slots: 64);
        await using BenchSilo silo = await BenchSilo.StartAsync(new() { Name = name, Redis = redis, Folder = folder, Engines = [engine], Partitions = partitions });
        Console.WriteLine(Ready);
        await silo.WaitForShutdownAsync();
    }

    /// <summary>Submits jobs, waits for the last one and counts.</summary>
    public static async Task RunAsync(Report report, int jobs, int silos, int partitions, CancellationToken cancellationToken)
    {
        using BenchFolder folder = new();
        await using RedisServer redis = await RedisServer.StartAsync(cancellationToken);
        List<ServerProcess> processes = [];
        try
        {
            for (int i = 0; i < silos; i++)
            {
                ServerProcess process = ServerProcess.Start(Environment.ProcessPath!, ["silo", "--name", $"s{i}", "--redis", redis.ConnectionString, "--folder", folder.Path, "--partitions", partitions.ToString(CultureInfo.InvariantCulture)]);
                processes.Add(process);
                await process.LineAsync(line => line == Ready, cancellationToken);
            }

            using IHost host = await ConnectAsync(redis.ConnectionString, folder.Path, cancellationToken);
            IPartiClient client = host.Services.GetRequiredService<IPartiClient>();
            await SubmitAsync(client, "warm", 500, cancellationToken);
            await DrainedAsync(client, [], [], cancellationToken);
            await MeasureAsync(report, client, [.. processes.Select(process => process.Id), redis.Process.Id], jobs, silos, partitions, cancellationToken);
            await host.StopAsync(cancellationToken);
        }
        finally
        {
            foreach (ServerProcess process in processes)
            {
                await process.DisposeAsync();
            }
        }
    }

    static async Task MeasureAsync(Report report, IPartiClient client, int[] processes, int jobs, int silos, int partitions, CancellationToken cancellationToken)
    {
        List<long[]> memory = [];
        TimeSpan processor = ProcessorTime(processes), own = Environment.CpuUsage.TotalTime;
        long from = Stopwatch.GetTimestamp();
        Task drained = DrainedAsync(client, memory, processes, cancellationToken);
        await SubmitAsync(client, "job", jobs, cancellationToken);
        double submitted = Stopwatch.GetElapsedTime(from).TotalSeconds;
        await drained;
        await DrainedAsync(client, memory, processes, cancellationToken);
        double seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
        double work = (ProcessorTime(processes) - processor).TotalMilliseconds / jobs;
        double ownWork = (Environment.CpuUsage.TotalTime - own).TotalMilliseconds / jobs;
        (int succeeded, int other) = await CountAsync(client, cancellationToken);

        Table table = new Table($"jobs: {jobs} jobs of one picture, {silos} silos as processes, {partitions} queue partitions, Redis that syncs every write", ["measured", "value"])
            .Row("accepted", $"{jobs / submitted:F0} jobs/s")
            .Row("through all stages", $"{jobs / seconds:F0} jobs/s")
            .Row("processor time of silos and Redis", $"{work:F2} ms a job")
            .Row("processor time of the submitter", $"{ownWork:F2} ms a job")
            .Row("succeeded, with those of the warm-up", $"{succeeded}")
            .Row("other", $"{other}");
        for (int quarter = 1; quarter <= 4 && memory.Count > 0; quarter++)
        {
            long[] at = memory[Math.Max(0, (memory.Count * quarter / 4) - 1)];
            table.Row($"memory of the silos after {quarter}/4 of the time", string.Join(", ", at.Take(silos).Select(bytes => $"{bytes >> 20} MB")));
        }

        report.Add(table);
    }

    static async Task SubmitAsync(IPartiClient client, string prefix, int jobs, CancellationToken cancellationToken)
    {
        int next = -1;
        await Task.WhenAll(Enumerable.Range(0, Submitters).Select(async _ =>
        {
            for (int i = Interlocked.Increment(ref next); i < jobs; i = Interlocked.Increment(ref next))
            {
                await client.SubmitAsync(new() { Prompt = "a job", Size = "native" }, $"{prefix}-{i}", cancellationToken);
            }
        }));
    }

    /// <summary>Returns when no pool holds anything and nothing is expected.</summary>
    static async Task DrainedAsync(IPartiClient client, List<long[]> memory, int[] processes, CancellationToken cancellationToken)
    {
        for (int quiet = 0; quiet < 2;)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System, cancellationToken);
            IReadOnlyList<PoolSnapshot> pools = await client.ListPoolsAsync(cancellationToken);
            quiet = pools.Count > 0 && pools.All(pool => pool.Queued + pool.Running + pool.Reserved == 0) ? quiet + 1 : 0;
            memory.Add([.. processes.Select(id => Process.GetProcessById(id).WorkingSet64)]);
        }
    }

    /// <summary>Counts what is listed. The list lags behind its jobs by less than a sweep; what is open after that is stuck.</summary>
    static async Task<(int Succeeded, int Other)> CountAsync(IPartiClient client, CancellationToken cancellationToken)
    {
        const int looks = 20;
        (int Succeeded, int Other) counted = default;
        for (int look = 0; look < looks && (look == 0 || counted.Other > 0); look++)
        {
            await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, cancellationToken);
            counted = await CountListedAsync(client, cancellationToken);
        }

        return counted;
    }

    static async Task<(int Succeeded, int Other)> CountListedAsync(IPartiClient client, CancellationToken cancellationToken)
    {
        (int succeeded, int other) = (0, 0);
        JobQuery query = new() { Limit = 1000 };
        do
        {
            JobPage page = await client.ListJobsAsync(query, cancellationToken);
            int good = page.Jobs.Count(job => job.State == JobState.Succeeded);
            (succeeded, other) = (succeeded + good, other + page.Jobs.Count - good);
            query = query with { Cursor = page.NextCursor };
        }
        while (query.Cursor is not null);
        return (succeeded, other);
    }

    static TimeSpan ProcessorTime(int[] processes) =>
        processes.Aggregate(TimeSpan.Zero, (sum, id) => sum + Process.GetProcessById(id).TotalProcessorTime);

    static async Task<IHost> ConnectAsync(string redis, string folder, CancellationToken cancellationToken)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.UsePartiClient(client => client.UseRedisClustering(options => options.ConfigurationOptions = ConfigurationOptions.Parse(redis)));
        builder.Services.AddSingleton<IResultReader>(new FileResultStore(Path.Combine(folder, "results"), TimeProvider.System));
        IHost host = builder.Build();
        await host.StartAsync(cancellationToken);
        return host;
    }
}

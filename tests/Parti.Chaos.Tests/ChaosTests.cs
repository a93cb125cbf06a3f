using System.Diagnostics;
using System.Globalization;
using Parti.Abstractions;
using Parti.Client;

namespace Parti.Chaos.Tests;

/// <summary>
/// Steady load on two control silos and two workers while one fault after the other happens. After each: every job that was accepted
/// has ended exactly once, with the bytes of an undisturbed picture; no blob belongs to nobody; no queue holds an item or a lease.
/// </summary>
public sealed class ChaosTests(ITestOutputHelper output)
{
    private const string Minutes = "PARTI_CHAOS_MINUTES";
    private const string Only = "PARTI_CHAOS_ONLY";
    private const int AtOnce = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(3);

    [Fact(Explicit = true)]
    public Task Faults_EachOnceAndBriefly_LoseNothing() => RunAsync(isBrief: true, (_, _) => Fault.All);

    /// <summary>Takes minutes, so it is run on purpose, by eng/chaos.sh.</summary>
    [Fact(Explicit = true)]
    public Task Faults_UnderLoad_LoseNothing() => RunAsync(isBrief: false, Shuffled);

    private static IEnumerable<Fault> Shuffled(Random random, Func<TimeSpan> elapsed)
    {
        TimeSpan budget = TimeSpan.FromMinutes(double.Parse(Environment.GetEnvironmentVariable(Minutes) ?? "5", CultureInfo.InvariantCulture));
        string only = Environment.GetEnvironmentVariable(Only) ?? string.Empty;
        Fault[] faults = [.. Fault.All.Where(fault => fault.Name.Contains(only, StringComparison.OrdinalIgnoreCase))];

        // Each once before any twice.
        while (elapsed() < budget)
        {
            random.Shuffle(faults);
            foreach (Fault fault in faults.TakeWhile(_ => elapsed() < budget))
            {
                yield return fault;
            }
        }
    }

    private async Task RunAsync(bool isBrief, Func<Random, Func<TimeSpan>, IEnumerable<Fault>> faults)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        FaultProxy? proxy = null;
        await using TestCluster cluster = await TestCluster.StartAsync(
            ["control-1", "control-2"], ["worker-1", "worker-2"], async azurite => (proxy = await FaultProxy.StartAsync(azurite.Port)).Port, stop);
        await using FaultProxy between = proxy!;
        IReadOnlyDictionary<ulong, string> expected = await Load.UndisturbedAsync(cluster.Client, stop);
        Scene scene = new(cluster, between, random, isBrief);

        List<string> wrong = [];
        output.WriteLine($"{"fault",-28} {"jobs",5} {"asked again",12} {"median s",9} {"slowest s",10} {"all s",6}  result");
        long from = Stopwatch.GetTimestamp();
        foreach (Fault fault in faults(random, () => Stopwatch.GetElapsedTime(from)))
        {
            wrong.AddRange(await RunAsync(scene, fault, expected, stop));
        }

        Assert.Empty(wrong);
    }

    private async Task<IReadOnlyList<string>> RunAsync(Scene scene, Fault fault, IReadOnlyDictionary<ulong, string> expected, CancellationToken stop)
    {
        long from = Stopwatch.GetTimestamp();
        await using Load load = new(scene.Cluster.Client, expected, AtOnce, scene.Random.Next());
        List<string> wrong = [];
        try
        {
            await scene.PassAsync(0.5, 2, stop);
            await fault.HappenAsync(scene, stop);
            await scene.PassAsync(0, 2, stop);
            await load.FinishAsync(Patience);
        }
        catch (Exception exception) when (exception is TimeoutException or InvalidOperationException)
        {
            wrong.Add(exception.Message);
        }

        wrong.AddRange(load.Wrong);
        wrong.AddRange(await StrayAsync(scene.Cluster, load, stop));
        wrong.AddRange(await HeldAsync(scene.Cluster.Client, stop));
        Report(fault, load, Stopwatch.GetElapsedTime(from), wrong);
        return [.. wrong.Select(what => $"{fault.Name}: {what}")];
    }

    /// <summary>What queues hold though no job is left. A lost lease may stand until it runs out, and a worker's last good-bye is on its way.</summary>
    private static async Task<IReadOnlyList<string>> HeldAsync(IPartiClient client, CancellationToken stop)
    {
        long from = Stopwatch.GetTimestamp();
        while (true)
        {
            string[] held = [.. (await client.ListPoolsAsync(stop)).Where(pool => pool.Queued + pool.Running > 0)
                .Select(pool => $"{pool.Model} {pool.Stage}: {pool.Queued} queued, {pool.Running} leased though no job is left")];
            if (held.Length == 0 || Stopwatch.GetElapsedTime(from) > 2 * LeaseDuration)
            {
                return held;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), stop);
        }
    }

    /// <summary>Removes the jobs; what is left belongs to nobody.</summary>
    private static async Task<IReadOnlyList<string>> StrayAsync(TestCluster cluster, Load load, CancellationToken stop)
    {
        List<string> wrong = load.Done.Count == load.Accepted ? [] : [$"{load.Accepted} jobs were accepted, {load.Done.Count} ended"];
        string[] stored = await cluster.Results.ListAsync("jobs", stop).ToArrayAsync(stop);
        foreach (LoadedJob job in load.Done)
        {
            string[] own = [.. stored.Where(path => path.Contains($"/{job.Id}/", StringComparison.Ordinal)).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
            if (!own.SequenceEqual(["0.png", "job.json"]))
            {
                wrong.Add($"{job.Id}: stored are {string.Join(' ', own)}");
            }

            await cluster.Client.GetJob(job.Id).DeleteAsync(stop);
        }

        JobPage listed = await cluster.Client.ListJobsAsync(new() { Limit = 1000 }, stop);
        wrong.AddRange(listed.Jobs.Select(job => $"{job.Id}: still listed as {job.State}"));
        wrong.AddRange(await cluster.Results.ListAsync("jobs", stop).Select(path => $"{path}: belongs to nobody").ToArrayAsync(stop));
        return wrong;
    }

    private void Report(Fault fault, Load load, TimeSpan all, List<string> wrong)
    {
        double[] took = [.. load.Done.Select(job => job.Took.TotalSeconds).Order()];
        double median = took.Length == 0 ? 0 : took[took.Length / 2];
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{fault.Name,-28} {load.Accepted,5} {load.Refused,12} {median,9:f1} {took.LastOrDefault(),10:f1} {all.TotalSeconds,6:f1}  {(wrong.Count == 0 ? "held" : $"{wrong.Count} wrong")}"));
        foreach (string what in wrong)
        {
            output.WriteLine($"    {what}");
        }
    }
}

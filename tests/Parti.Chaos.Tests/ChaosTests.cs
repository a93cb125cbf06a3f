using System.Diagnostics;
using System.Globalization;
using System.Text;
using Parti.Abstractions;
using Parti.Client;
using Parti.Testing;

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
    private static readonly IReadOnlyDictionary<string, string?> Nothing = new Dictionary<string, string?>();
    private readonly Invariants _invariants = new();
    private readonly StringBuilder _table = new();

    [Fact]
    public Task Faults_EachOnceAndBriefly_LoseNothing() => RunAsync(isBrief: true, (_, _) => Fault.All.Where(fault => !fault.IsLongOnly));

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
        Tell($"seed {seed}");
        Random random = new(seed);
        using WrongClock? clock = WrongClock.TryMake();
        await using SmallDisk? disk = await SmallDisk.TryMountAsync();
        FaultProxy? proxy = null;
        ClusterPlan plan = new()
        {
            Controls = ["control-1", "control-2"],
            Workers = ["worker-1", "worker-2"],
            Proxy = async azurite => (proxy = await FaultProxy.StartAsync(azurite.Port)).Port,
            RedisFolder = disk?.Folder,
            TellsStages = true,
            Settings = new Dictionary<string, string> { ["Worker:Models:0"] = "demo" },
            Variables = name => name.EndsWith("-2", StringComparison.Ordinal) ? clock?.Variables ?? Nothing : Nothing,
        };
        await using TestCluster cluster = await TestCluster.StartAsync(plan, stop);
        await using FaultProxy between = proxy!;
        IReadOnlyDictionary<ulong, string> expected = await Load.UndisturbedAsync(cluster.Client, stop);
        Scene scene = new(cluster, between, clock, disk, random, isBrief);

        Tell($"{"fault",-32} {"jobs",5} {"asked again",12} {"median s",9} {"slowest s",10} {"all s",6}  result");
        long from = Stopwatch.GetTimestamp();
        foreach (Fault fault in faults(random, () => Stopwatch.GetElapsedTime(from)))
        {
            if (fault.Lacks(scene) is { } lack)
            {
                Tell($"{fault.Name,-32} skipped: {lack}");
                continue;
            }

            await RunAsync(scene, fault, expected, stop);
        }

        foreach (string line in _invariants.Table())
        {
            Tell(line);
        }

        await KeepTableAsync(isBrief, stop);
        Assert.Empty(_invariants.Wrong);
    }

    private async Task RunAsync(Scene scene, Fault fault, IReadOnlyDictionary<ulong, string> expected, CancellationToken stop)
    {
        long from = Stopwatch.GetTimestamp();
        int before = _invariants.Wrong.Count;
        await using Load load = new(scene.Cluster.Client, expected, _invariants, AtOnce, scene.Random.Next());
        try
        {
            await scene.PassAsync(0.5, 2, stop);
            await fault.HappenAsync(scene, stop);
            await scene.PassAsync(0, 2, stop);
            await load.FinishAsync(Patience);
        }
        catch (Exception exception) when (exception is TimeoutException or InvalidOperationException)
        {
            _invariants.Check(Invariant.Ends, $"{fault.Name}: {exception.Message}");
        }

        _invariants.Check(Invariant.Ends, load.Done.Count == load.Accepted ? null : $"{load.Accepted} jobs were accepted, {load.Done.Count} ended");
        await CheckBlobsAsync(scene.Cluster, load, stop);
        _invariants.Check(Invariant.Leftovers, await HeldAsync(scene.Cluster.Client, stop));
        Report(fault, load, Stopwatch.GetElapsedTime(from), [.. _invariants.Wrong.Skip(before)]);
    }

    /// <summary>What queues hold though no job is left. A lost lease may stand until it runs out, and a worker's last good-bye is on its way.</summary>
    private static async Task<string?> HeldAsync(IPartiClient client, CancellationToken stop)
    {
        long from = Stopwatch.GetTimestamp();
        while (true)
        {
            string[] held = [.. (await client.ListPoolsAsync(stop)).Where(pool => pool.Queued + pool.Running > 0)
                .Select(pool => $"{pool.Model} {pool.Stage}: {pool.Queued} queued, {pool.Running} leased though no job is left")];
            if (held.Length == 0 || Stopwatch.GetElapsedTime(from) > 2 * LeaseDuration)
            {
                return held.Length == 0 ? null : string.Join("; ", held);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), stop);
        }
    }

    /// <summary>Removes the jobs; what is left belongs to nobody.</summary>
    private async Task CheckBlobsAsync(TestCluster cluster, Load load, CancellationToken stop)
    {
        string[] stored = await cluster.Results.ListAsync("jobs", stop).ToArrayAsync(stop);
        foreach (LoadedJob job in load.Done)
        {
            string[] own = [.. stored.Where(path => path.Contains($"/{job.Id}/", StringComparison.Ordinal)).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
            _invariants.Check(Invariant.Blobs, own.SequenceEqual(["0.png", "job.json"]) ? null : $"{job.Id}: stored are {string.Join(' ', own)}");
            await cluster.Client.GetJob(job.Id).DeleteAsync(stop);
        }

        JobPage listed = await cluster.Client.ListJobsAsync(new() { Limit = 1000 }, stop);
        _invariants.Check(Invariant.Leftovers, listed.Jobs.Count == 0 ? null : string.Join("; ", listed.Jobs.Select(job => $"{job.Id}: still listed as {job.State}")));
        string[] stray = await cluster.Results.ListAsync("jobs", stop).ToArrayAsync(stop);
        _invariants.Check(Invariant.Blobs, stray.Length == 0 ? null : string.Join("; ", stray.Select(path => $"{path}: belongs to nobody")));
    }

    private void Report(Fault fault, Load load, TimeSpan all, IReadOnlyList<string> wrong)
    {
        double[] took = [.. load.Done.Select(job => job.Took.TotalSeconds).Order()];
        double median = took.Length == 0 ? 0 : took[took.Length / 2];
        Tell(string.Create(
            CultureInfo.InvariantCulture,
            $"{fault.Name,-32} {load.Accepted,5} {load.Refused,12} {median,9:f1} {took.LastOrDefault(),10:f1} {all.TotalSeconds,6:f1}  {(wrong.Count == 0 ? "held" : $"{wrong.Count} wrong")}"));
        foreach (string what in wrong)
        {
            Tell($"    {what}");
        }
    }

    private void Tell(string line)
    {
        output.WriteLine(line);
        _table.AppendLine(line);
    }

    /// <summary>Leaves the table where eng/test.sh finds it.</summary>
    private Task KeepTableAsync(bool isBrief, CancellationToken stop)
    {
        string folder = Path.Combine(Programs.RepositoryRoot(), "artifacts", "test-results");
        Directory.CreateDirectory(folder);
        return File.WriteAllTextAsync(Path.Combine(folder, isBrief ? "faults.txt" : "faults-long.txt"), _table.ToString(), stop);
    }
}

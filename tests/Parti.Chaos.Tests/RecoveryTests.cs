using System.Diagnostics;
using Parti.Abstractions;
using Parti.Client;
using Parti.Training.Tests.Evaluation;

namespace Parti.Chaos.Tests;

/// <summary>
/// Workers that are killed or paused in the middle of images. Membership is that of <see cref="TestCluster"/>: a silo that misses two probes
/// of a second is declared dead by one other.
/// </summary>
public sealed class RecoveryTests(ITestOutputHelper output) : IDisposable
{
    // One worker has slots for all of them, so that nothing has to wait for a slot.
    private const int Images = 4;

    // 1,024 tokens of some milliseconds each, so that a report more or less shows.
    private const int Grid = 32;
    private const int Width = 512;
    private const int MostRecomputed = 64;
    private static readonly string[] Workers = ["worker-1", "worker-2"];
    private static readonly TimeSpan MostUntilContinued = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly GenerationOptions Options = new() { Seed = 7, Size = "native", N = Images };
    private readonly string _folder = Directory.CreateTempSubdirectory("parti-models-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task WorkerKilled_ItsImagesContinueElsewhereWithinFiveSeconds()
    {
        await using TestCluster cluster = await StartAsync();
        (JobHandle job, int total, string victim, string other) = await BeginAsync(cluster);
        WorkerWords heir = new(cluster.Silo(other));

        IReadOnlyDictionary<string, int> left = await KillAsync(cluster.Silo(victim), total);
        long killed = Stopwatch.GetTimestamp();
        await Task.WhenAll(left.Keys.Select(item => heir.TakesUpAsync(item, Token)));
        TimeSpan took = Stopwatch.GetElapsedTime(killed);

        output.WriteLine($"{left.Count} images continued {took.TotalSeconds:f1} s after the kill");
        Assert.NotEmpty(left);
        Assert.True(took <= MostUntilContinued, $"continued after {took}");
        await job.GetResultAsync(Token).WaitAsync(Patience, Token);
    }

    [Fact]
    public async Task WorkerKilled_AtMost64TokensAnImageAreRecomputedAndThePicturesAreTheSame()
    {
        await using TestCluster cluster = await StartAsync();
        GenerationResult undisturbed = await cluster.Client.GenerateAsync("a red circle", Options, Token);
        (JobHandle job, int total, string victim, string other) = await BeginAsync(cluster);
        WorkerWords heir = new(cluster.Silo(other));

        IReadOnlyDictionary<string, int> left = await KillAsync(cluster.Silo(victim), total);
        GenerationResult result = await job.GetResultAsync(Token).WaitAsync(Patience, Token);

        Assert.NotEmpty(left);
        foreach ((string item, int had) in left)
        {
            int from = await heir.TakesUpAsync(item, Token);
            output.WriteLine($"{item}: had {had} tokens, continued from {from}");
            Assert.InRange(had - from, 0, MostRecomputed);
        }

        Assert.Contains(left, pair => pair.Value > MostRecomputed);
        Assert.Equal(undisturbed.Images.Select(image => image.Sha256), result.Images.Select(image => image.Sha256));
    }

    [Fact]
    public async Task WorkerPausedTillDeadAndResumed_CommitsNothingAndEachImageExistsOnce()
    {
        await using TestCluster cluster = await StartAsync();
        (JobHandle job, int total, string victim, string heir) = await BeginAsync(cluster);
        SiloProcess undead = cluster.Silo(victim);

        await undead.Process.PauseAsync();
        IReadOnlyDictionary<string, int> left = new WorkerWords(undead).InHand(total);
        long paused = Stopwatch.GetTimestamp();
        await cluster.DeclaredDeadAsync(victim, Token).WaitAsync(Patience, Token);
        output.WriteLine($"declared dead {Stopwatch.GetElapsedTime(paused).TotalSeconds:f1} s after the pause");
        GenerationResult result = await job.GetResultAsync(Token).WaitAsync(Patience, Token);
        JobSnapshot before = await job.DescribeAsync(Token);
        long resumed = Stopwatch.GetTimestamp();
        await undead.Process.ResumeAsync();

        // It hears that it was declared dead, and ends itself.
        await undead.Process.ExitAsync(Token);
        output.WriteLine($"ended {Stopwatch.GetElapsedTime(resumed).TotalSeconds:f1} s after it was resumed");
        JobSnapshot after = await job.DescribeAsync(Token);

        Assert.NotEmpty(left);
        Assert.All(left.Keys, item => Assert.Equal($"{heir}|cpu", result.Job.Images[IndexOf(item)].Worker));
        Assert.Equal(before.Images, after.Images);
        Assert.Equal(before.Attempts, after.Attempts);
        List<JobEvent> events = await job.WatchAsync(0, Token).ToListAsync(Token);
        Assert.Equal(Images, events.Count(entry => entry.Type == JobEventType.Image));
        Assert.Single(events, entry => entry.IsTerminal);
        string folder = Path.GetDirectoryName(after.Images[0].Url)!;
        string[] stored = await cluster.Results.ListAsync(folder, Token).ToArrayAsync(Token);
        Assert.Equal(after.Images.Select(image => image.Url!).Append($"{folder}/job.json").Order(StringComparer.Ordinal), stored.Order(StringComparer.Ordinal));
    }

    private Task<TestCluster> StartAsync()
    {
        TinyModelDirectory.Create(Path.Combine(_folder, TinyModelDirectory.Name), Grid, Width);
        ClusterPlan plan = new()
        {
            Workers = Workers,
            TellsTokens = true,
            Settings = new Dictionary<string, string> { ["Worker:Slots"] = "4", ["Models:Path"] = _folder },
        };
        return TestCluster.StartAsync(plan, Token);
    }

    /// <summary>Submits a job and waits until a worker is in the middle of an image.</summary>
    /// <returns>The job, the tokens of one image, that worker and the other one.</returns>
    private static async Task<(JobHandle Job, int Total, string Victim, string Heir)> BeginAsync(TestCluster cluster)
    {
        JobHandle job = await cluster.Client.SubmitAsync(Options.ToRequest("a red circle"), "interrupted", Token);
        int total = (await job.DescribeAsync(Token)).Images[0].TokensTotal;
        Task[] halfway = [.. Workers.Select(worker => new WorkerWords(cluster.Silo(worker)).HasTokensAsync("interrupted", total / 2, Token))];
        int first = Array.IndexOf(halfway, await Task.WhenAny(halfway));
        return (job, total, Workers[first], Workers[1 - first]);
    }

    private static async Task<IReadOnlyDictionary<string, int>> KillAsync(SiloProcess victim, int total)
    {
        await victim.Process.KillAsync();
        return new WorkerWords(victim).InHand(total);
    }

    // default/interrupted#3 → 3
    private static int IndexOf(string item) => int.Parse(item.Split('#')[1], System.Globalization.CultureInfo.InvariantCulture);
}

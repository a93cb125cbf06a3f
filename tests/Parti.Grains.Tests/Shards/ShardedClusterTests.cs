using Parti.Abstractions;
using Parti.Client;
using Parti.Grains.Tests.Cluster;

namespace Parti.Grains.Tests.Shards;

/// <summary>Pictures of the shipped model with its layers on several silos.</summary>
public sealed class ShardedClusterTests : IDisposable
{
    private const string Prompt = "a red circle to the left of a blue square";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly GenerationOptions Four = new() { N = 4, Seed = 5 };
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Generate_FourShardsOnFourSilos_BytesOfTheWholeModel()
    {
        await using ShardedSilos cluster = await ShardedSilos.StartAsync(_folder.Path, "3/4", "0/4", "1/4", "2/4");

        GenerationResult result = await cluster.Client.GenerateAsync(Prompt, Four, Token).WaitAsync(Patience, Token);

        Assert.Equal(await WholeAsync(), result.Images.Select(image => image.Sha256));
    }

    [Fact]
    public async Task Kill_ShardOfOneReplica_ItsImagesGoOnWithTheOtherReplica()
    {
        await using ShardedSilos cluster = await ShardedSilos.StartAsync(_folder.Path, "0/2", "1/2", "0/2", "1/2");
        await cluster.Client.GenerateAsync("warm", new() { Seed = 1 }, Token).WaitAsync(Patience, Token);
        cluster.Held.HoldAfter(30);
        JobHandle[] jobs = await Task.WhenAll(Enumerable.Range(0, 2).Select(i => cluster.Client.SubmitAsync(Four.ToRequest(Prompt), $"job-{i}", Token)));

        string lost = await cluster.Held.HeldAsync().WaitAsync(Patience, Token);
        await cluster.KillAsync(lost);
        GenerationResult[] results = await Task.WhenAll(jobs.Select(job => job.GetResultAsync(Token))).WaitAsync(Patience, Token);

        string[] whole = await WholeAsync();
        Assert.All(results, result => Assert.Equal(whole, result.Images.Select(image => image.Sha256)));
        Assert.Contains(results.SelectMany(result => result.Job.Attempts), attempt => attempt.Reason == "handed over");
        Assert.DoesNotContain(results.SelectMany(result => result.Job.Attempts), attempt => attempt.Reason is { } reason && reason.Contains("fail", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Kill_ShardOfTheOnlyReplica_ItsImagesWaitForANewShard()
    {
        await using ShardedSilos cluster = await ShardedSilos.StartAsync(_folder.Path, "0/2", "1/2");
        cluster.Held.HoldAfter(30);
        JobHandle job = await cluster.Client.SubmitAsync(Four.ToRequest(Prompt), "patient", Token);

        await cluster.KillAsync(await cluster.Held.HeldAsync().WaitAsync(Patience, Token));
        await HandedOverAsync(job).WaitAsync(Patience, Token);
        Assert.Equal(JobState.Running, (await job.DescribeAsync(Token)).State);
        await cluster.AddAsync("1/2");
        GenerationResult result = await job.GetResultAsync(Token).WaitAsync(Patience, Token);

        Assert.Equal(await WholeAsync(), result.Images.Select(image => image.Sha256));
    }

    [Fact]
    public async Task ListWorkers_WithShards_NamesThem()
    {
        await using ShardedSilos cluster = await ShardedSilos.StartAsync(_folder.Path, "0/2", "1/2");
        await cluster.Client.GenerateAsync(Prompt, new() { Seed = 1 }, Token).WaitAsync(Patience, Token);

        IReadOnlyList<WorkerSnapshot> workers = await cluster.Grains.GetGrain<IWorkerDirectoryGrain>(0).ListAsync();
        WorkerSnapshot shard = Assert.Single(workers, worker => worker.Shard == "1/2");
        ShardClaimAnswer other = await cluster.Grains.GetGrain<IShardGrain>(shard.Id).ClaimAsync(new(Guid.NewGuid(), "another hash", "1/2", 2));

        Assert.Empty(shard.Stages);
        Assert.Equal(ShardClaimOutcome.Unfit, other.Outcome);
    }

    private static async Task HandedOverAsync(JobHandle job)
    {
        await foreach (JobEvent next in job.WatchAsync(0, Token).WithCancellation(Token))
        {
            if ((await job.DescribeAsync(Token)).Attempts.Any(attempt => attempt.Reason == "handed over"))
            {
                return;
            }
        }
    }

    private static async Task<string[]> WholeAsync()
    {
        using TemporaryFolder folder = new();
        await using ShardedSilos cluster = await ShardedSilos.StartAsync(folder.Path, "0/1");
        return [.. (await cluster.Client.GenerateAsync(Prompt, Four, Token).WaitAsync(Patience, Token)).Images.Select(image => image.Sha256!)];
    }
}

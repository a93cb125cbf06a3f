using Parti.Abstractions;
using Parti.Client;

namespace Parti.Grains.Tests.Cluster;

public sealed class PoolTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Pause_ThenEverythingRestarts_StaysPausedUntilResumed()
    {
        await using (TestCluster first = await TestCluster.StartAsync(_folder.Path))
        {
            await WorkerIsKnownAsync(first);
            PoolSnapshot paused = await first.Client.PausePoolAsync(TestEngine.Model, Stage.Sample, Token);
            Assert.True(paused.Paused);
        }

        await using TestCluster second = await TestCluster.StartAsync(_folder.Path);
        Task encoded = second.Storage.WhenWritten(record => record.Attempts.Length > 0);
        JobHandle job = await second.Client.SubmitAsync(new() { Prompt = "x" }, "held", Token);
        await encoded;
        await WaitingAsync(second, 1);
        Assert.Empty(second.Engine.Requests);

        await second.Client.ResumePoolAsync(TestEngine.Model, Stage.Sample, Token);

        Assert.Equal(JobState.Succeeded, (await job.GetResultAsync(Token).WaitAsync(Patience, Token)).Job.State);
    }

    [Fact]
    public async Task ListPools_AfterSomeJobs_ShowsEveryStageWithItsRate()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        for (int i = 0; i < 3; i++)
        {
            await cluster.Client.GenerateAsync("x", null, Token);
        }

        IReadOnlyList<PoolSnapshot> pools = await cluster.Client.ListPoolsAsync(Token);

        Assert.Equal([Stage.Encode, Stage.Sample, Stage.Detokenize, Stage.Upscale, Stage.Rerank], pools.Select(pool => pool.Stage));
        Assert.All(pools, pool => Assert.Equal(TestEngine.Model, pool.Model));
        PoolSnapshot sample = pools[1];
        Assert.True(sample.ItemsPerSecond > 0);
        Assert.NotNull(sample.ServiceMs);
        Assert.Equal((0, 0), (sample.Queued, sample.Reserved));
        Assert.False(sample.Paused);
    }

    [Fact]
    public async Task PausePool_Unknown_NamesThoseThatAre()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        await WorkerIsKnownAsync(cluster);

        InvalidRequestException refused = await Assert.ThrowsAsync<InvalidRequestException>(() => cluster.Client.PausePoolAsync("nothing", Stage.Sample, Token));

        Assert.Contains("nothing/Sample", refused.Message, StringComparison.Ordinal);
        Assert.Contains("test/Sample", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Describe_QueuedBehindOthers_KnowsPlaceAndTimeFromMeasuredRates()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, new TestEngine(slots: 1));
        for (int i = 0; i < 3; i++)
        {
            await cluster.Client.GenerateAsync("x", null, Token);
        }

        TaskCompletionSource standing = new(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Engine.Standing = () => standing.TrySetResult();
        cluster.Engine.PauseAt(8);
        await cluster.Client.SubmitAsync(new() { Prompt = "runs" }, "runs", Token);
        await standing.Task.WaitAsync(Patience, Token);
        JobHandle second = await cluster.Client.SubmitAsync(new() { Prompt = "waits" }, "second", Token);
        await WaitingAsync(cluster, 1);
        JobHandle third = await cluster.Client.SubmitAsync(new() { Prompt = "waits" }, "third", Token);
        await WaitingAsync(cluster, 2);

        JobSnapshot next = await second.DescribeAsync(Token), last = await third.DescribeAsync(Token);
        cluster.Engine.Resume();

        Assert.Equal((0, 1), (next.QueuePosition, last.QueuePosition));
        Assert.True(last.EtaMs > next.EtaMs, $"{last.EtaMs} ms is not above {next.EtaMs} ms");
    }

    [Fact]
    public async Task Report_StoredAfterTheJobWasDeleted_RemovesThePicture()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        GenerationResult result = await cluster.Client.GenerateAsync("x", null, Token);
        await cluster.Client.GetJob(result.Job.Id).DeleteAsync(Token);
        string late = result.Job.Images[0].Url!;
        await cluster.Results.PutAsync(late, new byte[] { 1 }, Token);
        string folder = Path.Combine(_folder.Path, "results", Path.GetDirectoryName(late)!);
        Assert.True(Directory.Exists(folder));

        WorkOutcome outcome = await cluster.Grains.GetGrain<IJobWorkGrain>($"default/{result.Job.Id}").ReportAsync(new StoredReport
        {
            Stage = Stage.Upscale, Image = 0, Epoch = long.MaxValue, Worker = cluster.Worker, Url = late, Sha256 = "00", Width = 1, Height = 1, StoreMs = 0,
        });

        Assert.Equal(WorkOutcome.Canceled, outcome);
        await EventuallyAsync(() => Task.FromResult(!Directory.Exists(folder)));
    }

    private static Task WorkerIsKnownAsync(TestCluster cluster) =>
        EventuallyAsync(async () => (await cluster.Client.ListWorkersAsync(Token)).Any(worker => worker.Models.Count > 0));

    private static Task WaitingAsync(TestCluster cluster, int items) => EventuallyAsync(
        async () => (await cluster.Grains.GetGrain<IPoolGrain>(StageQueueKey.For(TestEngine.Model, Stage.Sample)).DescribeAsync()).Queued == items);

    // Nothing says when; every question is a call to the cluster, which lets it go on meanwhile.
    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        long from = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(from) < Patience, "It did not come to be.");
            await Task.Yield();
        }
    }
}

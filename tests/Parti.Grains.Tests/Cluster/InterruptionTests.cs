using Parti.Abstractions;
using Parti.Client;
using Parti.Inference;

namespace Parti.Grains.Tests.Cluster;

/// <summary>Cancel, failure, overload and lost leases; each test has a silo of its own, for it changes the engine.</summary>
public sealed class InterruptionTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Cancel_InMidPicture_FreesTheSlotAndRetryFinishes()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, new TestEngine(slots: 1));
        Task standing = PauseAt(cluster, 20);
        JobHandle job = await cluster.Client.SubmitAsync(new() { Prompt = "first", Seed = 3 }, "first", Token);
        await standing.WaitAsync(Patience, Token);
        JobHandle waiting = await cluster.Client.SubmitAsync(new() { Prompt = "second" }, "second", Token);

        JobSnapshot canceled = await job.CancelAsync(Token);
        cluster.Engine.Resume();
        GenerationResult second = await waiting.GetResultAsync(Token).WaitAsync(Patience, Token);
        await Assert.ThrowsAsync<JobCanceledException>(() => job.GetResultAsync(Token));
        await Assert.ThrowsAsync<JobStateException>(() => waiting.RetryAsync(Token));
        await job.RetryAsync(Token);
        GenerationResult again = await job.GetResultAsync(Token).WaitAsync(Patience, Token);

        Assert.Equal(JobState.Canceled, canceled.State);
        Assert.Equal(JobState.Succeeded, second.Job.State);
        Assert.Equal(JobState.Succeeded, again.Job.State);
        Assert.Equal(1, cluster.Engine.Canceled);
        Assert.InRange(cluster.Engine.Requests[^1].KeptTokens.Count, 1, 20);
    }

    [Fact]
    public async Task Generate_TokenCanceled_CancelsTheJob()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        Task standing = PauseAt(cluster, 20);
        using CancellationTokenSource source = new();
        Task<GenerationResult> generating = cluster.Client.GenerateAsync("x", null, source.Token);
        await standing.WaitAsync(Patience, Token);

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => generating);
        JobSummary job = Assert.Single((await cluster.Client.ListJobsAsync(null, Token)).Jobs);
        Assert.Equal(JobState.Canceled, (await cluster.Client.GetJob(job.Id).DescribeAsync(Token)).State);
    }

    [Fact]
    public async Task EngineRefusesTheRequest_JobFailsWithItsReason()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        cluster.Engine.SampleFailure = new EngineRequestException("bad_thing", "This cannot be drawn; ask for another thing.");

        JobFailedException failed = await Assert.ThrowsAsync<JobFailedException>(
            () => cluster.Client.GenerateAsync("x", null, Token)).WaitAsync(Patience, Token);

        Assert.Equal("bad_thing", failed.Code);
        Assert.Equal("This cannot be drawn; ask for another thing.", failed.Message);
        Assert.Equal(JobState.Failed, failed.Job.State);
        Assert.Single(cluster.Engine.Requests);
    }

    [Fact]
    public async Task EngineBreaksAgainAndAgain_JobIsGivenUpAfterThreeAttempts()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        cluster.Engine.SampleFailure = new InvalidOperationException("device lost");

        JobFailedException failed = await Assert.ThrowsAsync<JobFailedException>(
            () => cluster.Client.GenerateAsync("x", null, Token)).WaitAsync(Patience, Token);

        Assert.Equal("poisonous", failed.Code);
        Assert.Contains("device lost", failed.Message, StringComparison.Ordinal);
        Assert.Equal(3, cluster.Engine.Requests.Count);
        Assert.Equal(3, failed.Job.Attempts.Count);
    }

    [Fact]
    public async Task Submit_QueueFull_IsBusyAndWritesNothing()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, new TestEngine(slots: 1), options => options.QueueCapacity = 2);
        Task standing = PauseAt(cluster, 0);
        await cluster.Client.SubmitAsync(new() { Prompt = "runs" }, null, Token);
        await standing.WaitAsync(Patience, Token);
        await cluster.Client.SubmitAsync(new() { Prompt = "waits", N = 2 }, null, Token);

        PartiBusyException busy = await Assert.ThrowsAsync<PartiBusyException>(() => cluster.Client.SubmitAsync(new() { Prompt = "too much" }, "too-much", Token));

        Assert.True(busy.RetryAfter > TimeSpan.Zero);
        await Assert.ThrowsAsync<JobNotFoundException>(() => cluster.Client.GetJob("too-much").DescribeAsync(Token));
    }

    [Fact]
    public async Task Report_WithOldEpoch_IsStaleAndChangesNothing()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        Task standing = PauseAt(cluster, 20);
        JobHandle job = await cluster.Client.SubmitAsync(new() { Prompt = "x" }, "fenced", Token);
        await standing.WaitAsync(Patience, Token);
        IJobWorkGrain work = cluster.Grains.GetGrain<IJobWorkGrain>("default/fenced");
        TokensReport old = new() { Stage = Stage.Sample, Image = 0, Epoch = 1, Worker = "gone|cpu", Position = 0, Tokens = new int[TestEngine.ImageTokens], Complete = true };

        WorkOutcome stale = await work.ReportAsync(old);
        WorkOutcome stored = await work.ReportAsync(new StoredReport
        {
            Stage = Stage.Upscale, Image = 0, Epoch = 1, Worker = "gone|cpu", Url = "jobs/x", Sha256 = "00", Width = 1, Height = 1, StoreMs = 0,
        });
        cluster.Engine.Resume();
        GenerationResult result = await job.GetResultAsync(Token).WaitAsync(Patience, Token);

        Assert.Equal(WorkOutcome.Stale, stale);
        Assert.Equal(WorkOutcome.Stale, stored);
        Assert.NotEqual("00", result.Images[0].Sha256);
    }

    [Fact]
    public async Task LeaseTakenByAnotherWorker_FirstOneStopsAndTheOtherCommits()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        Task standing = PauseAt(cluster, 20);
        JobHandle job = await cluster.Client.SubmitAsync(new() { Prompt = "x", Size = "native" }, "taken", Token);
        await standing.WaitAsync(Patience, Token);
        IJobWorkGrain work = cluster.Grains.GetGrain<IJobWorkGrain>("default/taken");
        long epoch = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() + 60_000;
        WorkStartAnswer answer = await work.StartAsync(new(Stage.Sample, 0, epoch, "other|cpu", false));
        int[] tokens = [.. Enumerable.Range(0, TestEngine.ImageTokens)];

        WorkOutcome accepted = await work.ReportAsync(new TokensReport { Stage = Stage.Sample, Image = 0, Epoch = epoch, Worker = "other|cpu", Position = 0, Tokens = tokens, Complete = true });
        cluster.Engine.Resume();
        GenerationResult result = await job.GetResultAsync(Token).WaitAsync(Patience, Token);

        Assert.Equal(WorkOutcome.Go, answer.Outcome);
        Assert.Equal(WorkOutcome.Go, accepted);
        Picture expected = await cluster.Engine.DetokenizeAsync(TestEngine.Model, tokens, Token);
        Assert.Equal(expected.Rgb, result.Images[0].Bytes.ToArray()[^expected.Rgb.Length..]);
    }

    [Fact]
    public async Task Preview_InMidPicture_ShowsTheTokensSoFar()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        Task written = cluster.Storage.WhenWritten(record => record.Images[0].Tokens.Count == 16);
        _ = PauseAt(cluster, 16);
        JobHandle job = await cluster.Client.SubmitAsync(new() { Prompt = "x" }, null, Token);
        await written.WaitAsync(Patience, Token);

        byte[]? preview = await job.ReadPreviewAsync(0, Token);

        Assert.NotNull(preview);
        Assert.Equal(127, preview[^1]);
        Assert.Null(await job.ReadPreviewAsync(5, Token));
    }

    [Fact]
    public async Task DrainWorker_WhileIdle_TakesNothingNew()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);

        await cluster.Client.DrainWorkerAsync(cluster.Worker, Token);
        JobHandle job = await cluster.Client.SubmitAsync(new() { Prompt = "x" }, null, Token);

        Assert.True((await cluster.Grains.GetGrain<IWorkerGrain>(cluster.Worker).DescribeAsync()).Draining);
        Assert.Equal(JobState.Queued, (await job.DescribeAsync(Token)).State);
        Assert.Empty(cluster.Engine.Requests);
    }

    private static Task PauseAt(TestCluster cluster, int position)
    {
        TaskCompletionSource standing = new(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Engine.Standing = () => standing.TrySetResult();
        cluster.Engine.PauseAt(position);
        return standing.Task;
    }
}

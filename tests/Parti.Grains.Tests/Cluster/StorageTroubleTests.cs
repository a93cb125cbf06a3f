using System.Collections.Concurrent;
using Parti.Abstractions;
using Parti.Client;
using Parti.Grains.Catalog;
using Parti.Grains.Storage;
using Parti.Inference;

namespace Parti.Grains.Tests.Cluster;

/// <summary>A disk that is full, slow, or gone in between: what was promised holds, and nothing is promised early.</summary>
public sealed class StorageTroubleTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly ResultStoreException DiskFull = new("storage_full", "The disk is full.");

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task SubmitAgain_DiskFullWhileTheJobRuns_KeepsTheJob()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        GenerationRequest request = new() { Prompt = "x", Size = "native" };
        JobHandle job = await SubmitAndStandAsync(cluster, request, "kept");
        cluster.Storage.WriteFailure = DiskFull;
        long epoch = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() + 60_000;
        await cluster.Grains.GetGrain<IJobWorkGrain>("default/kept").StartAsync(new(Stage.Sample, 0, epoch, "other|cpu", false));

        JobHandle again = await cluster.Client.SubmitAsync(request, "kept", Token);

        cluster.Storage.WriteFailure = null;
        Assert.Equal(job.Id, again.Id);
        Assert.Equal(JobState.Running, (await again.DescribeAsync(Token)).State);
    }

    [Fact]
    public async Task SubmitTwice_FirstWriteFails_BothHearTheSame()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        TaskCompletionSource writing = NewSignal(), gate = NewSignal();
        cluster.Storage.Writing = _ =>
        {
            cluster.Storage.Writing = null;
            writing.SetResult();
            return gate.Task;
        };
        IJobGrain grain = cluster.Grains.GetGrain<IJobGrain>("default/twice");
        Task<SubmitAnswer> first = grain.SubmitAsync(new() { Prompt = "x" }, Token);
        await writing.Task.WaitAsync(Patience, Token);
        Task<SubmitAnswer> second = grain.SubmitAsync(new() { Prompt = "x" }, Token);
        Assert.Null(await grain.GetSnapshotAsync(Token));

        gate.SetException(DiskFull);

        Assert.Equal(SubmitOutcome.Unavailable, (await first).Outcome);
        Assert.Equal(SubmitOutcome.Unavailable, (await second).Outcome);
        Assert.Null(await grain.GetSnapshotAsync(Token));
    }

    [Fact]
    public async Task Submit_SweptWhileTheCatalogIsWritten_IsNobodysWorkBeforeItIsAccepted()
    {
        // Nobody serves the first stage, so that what is queued stays there.
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, configure: options => options.Stages = [Stage.Upscale]);
        (Task listing, TaskCompletionSource gate) = HoldNextListing(cluster);
        Task written = cluster.Storage.WhenWritten(_ => true);
        Task<SubmitAnswer> submit = cluster.Grains.GetGrain<IJobGrain>("default/hasty").SubmitAsync(new() { Prompt = "x" }, Token);
        await Task.WhenAll(listing, written);

        int poked = await cluster.Grains.GetGrain<IJobCatalogGrain>(0).SweepAsync();
        IReadOnlyList<JobKey> unknown = await EncodeQueue(cluster).FindUnknownAsync([new("default", "hasty")]);
        gate.SetException(DiskFull);

        Assert.Equal(1, poked);
        Assert.Single(unknown);
        Assert.Equal(SubmitOutcome.Unavailable, (await submit).Outcome);
    }

    [Fact]
    public async Task Submit_SweptWhileTheCatalogIsWritten_IsQueuedOnceAccepted()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        (Task listing, TaskCompletionSource gate) = HoldNextListing(cluster);
        Task<JobHandle> submit = cluster.Client.SubmitAsync(new() { Prompt = "x" }, "steady", Token);
        await listing;
        await cluster.Grains.GetGrain<IJobCatalogGrain>(0).SweepAsync();
        gate.SetResult();

        GenerationResult result = await (await submit).GetResultAsync(Token).WaitAsync(Patience, Token);

        Assert.Equal(JobState.Succeeded, result.Job.State);
    }

    [Fact]
    public async Task DeleteAgain_FirstOneCutShort_TakesTheRecord()
    {
        await using (TestCluster cluster = await TestCluster.StartAsync(_folder.Path))
        {
            JobHandle job = await cluster.Client.SubmitAsync(new() { Prompt = "x" }, "stubborn", Token);
            await job.GetResultAsync(Token).WaitAsync(Patience, Token);
            cluster.Storage.WriteFailure = DiskFull;
            await Assert.ThrowsAnyAsync<Exception>(() => job.DeleteAsync(Token));
            cluster.Storage.WriteFailure = null;

            await job.DeleteAsync(Token);
        }

        await using TestCluster second = await TestCluster.StartAsync(_folder.Path);
        await Assert.ThrowsAsync<JobNotFoundException>(() => second.Client.GetJob("stubborn").DescribeAsync(Token));
    }

    [Fact]
    public async Task Delete_WhileTheDescriptionIsWritten_TakesItToo()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        TaskCompletionSource describing = NewSignal(), gate = NewSignal();
        ConcurrentQueue<string> order = [];
        cluster.Results.Put = path => order.Enqueue(Path.GetFileName(path));
        cluster.Results.Deleting = _ => order.Enqueue("delete");
        cluster.Results.Putting = path =>
        {
            if (!path.EndsWith("/job.json", StringComparison.Ordinal))
            {
                return Task.CompletedTask;
            }

            describing.TrySetResult();
            return gate.Task;
        };
        JobHandle job = await cluster.Client.SubmitAsync(new() { Prompt = "x" }, "described", Token);
        await describing.Task.WaitAsync(Patience, Token);

        Task delete = job.DeleteAsync(Token);
        await Assert.ThrowsAsync<JobNotFoundException>(() => DescribeUntilGoneAsync(job)).WaitAsync(Patience, Token);
        gate.SetResult();
        await delete;

        Assert.Equal(["0.png", "job.json", "delete"], order);
        Assert.Empty(await cluster.Results.ListAsync("jobs", Token).ToArrayAsync(Token));
    }

    [Fact]
    public async Task Report_WhileACancelIsBeingWritten_ShowsNothingEarly()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        JobHandle job = await SubmitAndStandAsync(cluster, new() { Prompt = "x" }, "slow-disk");
        TaskCompletionSource writing = NewSignal(), gate = NewSignal();
        cluster.Storage.Writing = record =>
        {
            if (record.State != JobState.Canceled)
            {
                return Task.CompletedTask;
            }

            writing.TrySetResult();
            return gate.Task;
        };
        Task<JobSnapshot> cancel = job.CancelAsync(Token);
        await writing.Task.WaitAsync(Patience, Token);

        await cluster.Grains.GetGrain<IJobWorkGrain>("default/slow-disk").ReportAsync(
            new LeaseLostReport { Stage = Stage.Sample, Image = 0, Epoch = 1, Worker = "gone|cpu" });
        JobSnapshot meanwhile = await job.DescribeAsync(Token);
        gate.SetResult();

        Assert.Equal(JobState.Running, meanwhile.State);
        Assert.Equal(JobState.Canceled, (await cancel).State);
    }

    [Fact]
    public async Task Retry_Answered_CatalogOnDiskListsTheJobAsOpen()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        TaskCompletionSource listed = NewSignal();
        cluster.Storage.Listed = page =>
        {
            if (page.Jobs.Any(job => job.State == JobState.Failed))
            {
                listed.TrySetResult();
            }
        };
        cluster.Engine.SampleFailure = new EngineRequestException("bad_thing", "This cannot be drawn.");
        JobHandle job = await cluster.Client.SubmitAsync(new() { Prompt = "x" }, "retried", Token);
        await Assert.ThrowsAsync<JobFailedException>(() => job.GetResultAsync(Token).WaitAsync(Patience, Token));
        await listed.Task.WaitAsync(Patience, Token);
        cluster.Engine.SampleFailure = null;
        cluster.Engine.PauseAt(0);

        await job.RetryAsync(Token);

        GrainState<CatalogPage> page = new() { State = new() };
        await cluster.Storage.ReadStateAsync("page-0", cluster.Grains.GetGrain<IJobCatalogGrain>(0).GetGrainId(), page);
        Assert.False(Assert.Single(page.State.Jobs).State.IsTerminal());
    }

    [Fact]
    public async Task Restore_TwiceWithNothingInBetween_NeverGivesANumberTwice()
    {
        List<long> restored = [];
        for (int life = 0; life < 3; life++)
        {
            // Nobody serves the first stage, so that nothing but the restart itself is told.
            TestCluster cluster = await TestCluster.StartAsync(_folder.Path, configure: options => options.Stages = [Stage.Upscale]);
            JobHandle job = await cluster.Client.SubmitAsync(new() { Prompt = "x" }, "restored", Token);
            await foreach (JobEvent told in job.WatchAsync(0, Token).WithCancellation(Token))
            {
                if (life == 0)
                {
                    break;
                }

                if (told.Type == JobEventType.Progress)
                {
                    restored.Add(told.Seq);
                    break;
                }
            }

            await cluster.KillAsync();
            await cluster.DisposeAsync();
        }

        Assert.True(restored[1] > restored[0], $"Event {restored[0]} was followed by {restored[1]}.");
    }

    /// <summary>The catalog's next write waits for the gate.</summary>
    /// <returns>What ends when that write has begun, and the gate.</returns>
    private static (Task Begun, TaskCompletionSource Gate) HoldNextListing(TestCluster cluster)
    {
        TaskCompletionSource begun = NewSignal(), gate = NewSignal();
        cluster.Storage.Listing = _ =>
        {
            cluster.Storage.Listing = null;
            begun.SetResult();
            return gate.Task;
        };
        return (begun.Task.WaitAsync(Patience, Token), gate);
    }

    // Calls may overtake one another.
    private static async Task DescribeUntilGoneAsync(JobHandle job)
    {
        while (true)
        {
            await job.DescribeAsync(Token);
        }
    }

    private static IStageQueueGrain EncodeQueue(TestCluster cluster) => cluster.Grains.GetGrain<IStageQueueGrain>(StageQueueKey.For(TestEngine.Model, Stage.Encode));

    private static async Task<JobHandle> SubmitAndStandAsync(TestCluster cluster, GenerationRequest request, string id)
    {
        TaskCompletionSource standing = NewSignal();
        cluster.Engine.Standing = () => standing.TrySetResult();
        cluster.Engine.PauseAt(20);
        JobHandle job = await cluster.Client.SubmitAsync(request, id, Token);
        await standing.Task.WaitAsync(Patience, Token);
        return job;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

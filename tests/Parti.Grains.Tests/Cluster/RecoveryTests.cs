using Parti.Abstractions;
using Parti.Client;
using Parti.Grains.Jobs;
using Parti.Grains.Storage;
using Parti.Inference;

namespace Parti.Grains.Tests.Cluster;

public sealed class RecoveryTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Kill_InMidPicture_FinishesFromKeptTokensWithTheSameBytes()
    {
        string undisturbed = await DigestAsync(seed: 11);
        const int kept = 40;
        TestCluster first = await TestCluster.StartAsync(_folder.Path);
        first.Engine.PauseAt(kept);
        Task written = first.Storage.WhenWritten(record => record.Images[0].Tokens.Count == kept);
        JobHandle job = await first.Client.SubmitAsync(new() { Prompt = "disturbed", Seed = 11 }, "disturbed", Token);
        await written;
        await first.KillAsync();

        await using TestCluster second = await TestCluster.StartAsync(_folder.Path);
        GenerationResult result = await second.Client.GetJob(job.Id).GetResultAsync(Token).WaitAsync(Patience, Token);

        SampleRequest request = Assert.Single(second.Engine.Requests);
        Assert.Equal(first.Engine.Requests[0].KeptTokens, []);
        Assert.Equal(kept, request.KeptTokens.Count);
        Assert.Equal(undisturbed, Assert.Single(result.Images).Sha256);
        Assert.Equal(["lease lost", "succeeded"], result.Job.Attempts.Select(attempt => attempt.Reason));
        await first.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Kill_AfterBytesBeforeRecord_ExactlyOneResultAndItIsTheJobsOwn(bool own)
    {
        byte[] undisturbed = await BytesAsync(seed: 1);
        TestCluster first = await TestCluster.StartAsync(_folder.Path);
        first.Engine.PauseAt(60);
        Task written = first.Storage.WhenWritten(record => record.Images[0].Tokens.Count > 0);
        JobHandle job = await first.Client.SubmitAsync(new() { Prompt = "disturbed", Seed = 1 }, "half-told", Token);
        await written;
        JobSnapshot before = await job.DescribeAsync(Token);
        await first.KillAsync();

        // As if the worker had stored the picture and died before it could say so; or as if something else lay there.
        byte[] found = own ? undisturbed : [1, 2, 3];
        string path = ResultPaths.Image(new("default", job.Id), before.CreatedAt, 0, OutputFormat.Png);
        await first.Results.PutAsync(path, found, Token);
        await using TestCluster second = await TestCluster.StartAsync(_folder.Path);
        GenerationResult result = await second.Client.GetJob(job.Id).GetResultAsync(Token).WaitAsync(Patience, Token);

        Assert.Equal(undisturbed, result.Images[0].Bytes.ToArray());
        Assert.Equal(own, result.Job.Images[0].Url == path);
        Assert.Equal(found, await second.Results.ReadAsync(path, Token));
        await first.DisposeAsync();
    }

    [Fact]
    public async Task Watch_AcrossAKill_NeitherLosesNorRepeats()
    {
        TestCluster first = await TestCluster.StartAsync(_folder.Path);
        first.Engine.PauseAt(40);
        Task written = first.Storage.WhenWritten(record => record.Images[0].Tokens.Count == 40);
        JobHandle job = await first.Client.SubmitAsync(new() { Prompt = "x" }, "watched", Token);
        List<JobEvent> seen = [];
        await foreach (JobEvent next in job.WatchAsync(0, Token).WithCancellation(Token))
        {
            seen.Add(next);
            if (next.Changed.Images?[0].TokensDone == 40)
            {
                break;
            }
        }

        await written;
        await first.KillAsync();
        await using TestCluster second = await TestCluster.StartAsync(_folder.Path);
        List<JobEvent> rest = [];
        await foreach (JobEvent next in second.Client.GetJob(job.Id).WatchAsync(seen[^1].Seq, Token).WithCancellation(Token))
        {
            rest.Add(next);
        }

        long[] numbers = [.. seen.Concat(rest).Select(next => next.Seq)];
        Assert.Equal(numbers.Distinct().Order(), numbers);
        Assert.Equal(JobEventType.Succeeded, rest[^1].Type);
        await first.DisposeAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(5000)]
    public async Task Watch_JobThatEndedBeforeTheRestart_Ends(long afterSeq)
    {
        await using (TestCluster first = await TestCluster.StartAsync(_folder.Path))
        {
            JobHandle job = await first.Client.SubmitAsync(new() { Prompt = "x" }, "ended", Token);
            await job.GetResultAsync(Token).WaitAsync(Patience, Token);
        }

        await using TestCluster second = await TestCluster.StartAsync(_folder.Path);
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Patience);
        List<JobEvent> seen = [];
        await foreach (JobEvent next in second.Client.GetJob("ended").WatchAsync(afterSeq, patience.Token).WithCancellation(patience.Token))
        {
            seen.Add(next);
        }

        Assert.Equal(afterSeq < 1000, seen.Any(next => next.IsTerminal));
        Assert.All(seen, next => Assert.True(next.Seq > afterSeq));
    }

    [Fact]
    public async Task Stop_InMidPicture_HandsTokensOver()
    {
        TestCluster first = await TestCluster.StartAsync(_folder.Path, configure: options => options.CheckpointTokens = 1000);
        TaskCompletionSource sampling = new(TaskCreationOptions.RunContinuationsAsynchronously);
        first.Engine.PauseAt(30);
        first.Engine.Standing = sampling.SetResult;
        JobHandle job = await first.Client.SubmitAsync(new() { Prompt = "x", Seed = 2 }, "handed-over", Token);
        await sampling.Task.WaitAsync(Patience, Token);
        await first.StopAsync();

        await using TestCluster second = await TestCluster.StartAsync(_folder.Path);
        GenerationResult result = await second.Client.GetJob(job.Id).GetResultAsync(Token).WaitAsync(Patience, Token);

        Assert.Equal(30, Assert.Single(second.Engine.Requests).KeptTokens.Count);
        Assert.Equal("handed over", result.Job.Attempts[0].Reason);
        await first.DisposeAsync();
    }

    [Fact]
    public async Task Submit_DiskFull_AcceptsNothing()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        cluster.Storage.WriteFailure = new ResultStoreException("storage_full", "The disk is full.");

        PartiUnavailableException refused = await Assert.ThrowsAsync<PartiUnavailableException>(
            () => cluster.Client.SubmitAsync(new() { Prompt = "x" }, "no-room", Token));
        cluster.Storage.WriteFailure = null;

        Assert.Equal("storage_full", refused.Code);
        await Assert.ThrowsAsync<JobNotFoundException>(() => cluster.Client.GetJob("no-room").DescribeAsync(Token));
        Assert.Empty((await cluster.Client.ListJobsAsync(null, Token)).Jobs);
        Assert.Equal("no-room", (await cluster.Client.SubmitAsync(new() { Prompt = "x" }, "no-room", Token)).Id);
    }

    [Fact]
    public async Task RecordWrittenByAnotherActivation_ThisOneIsFenced()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        cluster.Engine.PauseAt(8);
        Task written = cluster.Storage.WhenWritten(record => record.Images[0].Tokens.Count == 8);
        JobHandle job = await cluster.Client.SubmitAsync(new() { Prompt = "x" }, "contested", Token);
        await written;

        // A second activation reads the same record and writes first.
        Orleans.Runtime.GrainId id = cluster.Grains.GetGrain<IJobGrain>("default/contested").GetGrainId();
        Orleans.GrainState<JobGrainState> other = new();
        await cluster.Storage.ReadStateAsync("job", id, other);
        Transition canceled = JobStateMachine.Apply(other.State!.Record, new JobCommand.Cancel(), TimeProvider.System.GetUtcNow());
        other.State.Record = canceled.Job;
        await cluster.Storage.WriteStateAsync("job", id, other);
        cluster.Engine.Resume();
        JobSnapshot after = await AsSoonAsTerminalAsync(job);

        Assert.Equal(JobState.Canceled, after.State);
    }

    private static async Task<JobSnapshot> AsSoonAsTerminalAsync(JobHandle job)
    {
        await foreach (JobEvent _ in job.WatchAsync(0, Token).WithCancellation(Token))
        {
        }

        return await job.DescribeAsync(Token);
    }

    private static async Task<string> DigestAsync(ulong seed) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await BytesAsync(seed)));

    private static async Task<byte[]> BytesAsync(ulong seed)
    {
        using TemporaryFolder folder = new();
        await using TestCluster cluster = await TestCluster.StartAsync(folder.Path);
        return (await cluster.Client.GenerateAsync("disturbed", new() { Seed = seed }, Token)).Images[0].Bytes.ToArray();
    }
}

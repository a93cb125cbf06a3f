using Orleans.TestingHost;
using Parti.Abstractions;
using Parti.Client;
using Parti.Testing.Engines;

namespace Parti.Grains.Tests.Cluster;

public sealed class SeveralSilosTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly NoOpTimes Short = NoOpTimes.Zero with { Sample = TimeSpan.FromMilliseconds(80) };
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task RollingRestart_UnderLoad_LosesNothingRepeatsNothingAndNoCallerSeesAnError()
    {
        await using SeveralSilos cluster = await SeveralSilos.StartAsync(_folder.Path, 3, Short, options => options.DrainBudget = TimeSpan.FromSeconds(10));
        using CancellationTokenSource enough = new();
        Task<List<GenerationResult>>[] callers = [.. Enumerable.Range(0, 4).Select(caller => GenerateUntilAsync(cluster, caller, enough.Token))];

        foreach (InProcessSiloHandle silo in cluster.Silos)
        {
            await cluster.ReplaceAsync(silo);
        }

        await enough.CancelAsync();
        List<GenerationResult> results = [.. (await Task.WhenAll(callers).WaitAsync(Patience, Token)).SelectMany(list => list)];
        Assert.True(results.Count >= 4, $"only {results.Count} pictures");
        Assert.All(results, result => Assert.Equal(JobState.Succeeded, result.Job.State));
        Assert.All(results, result => Assert.Equal(0, Assert.Single(result.Images).Index));
        // A picture may be handed over with its last token; no token is drawn twice.
        Assert.Equal(results.Count * NoOpEngine.ImageTokens, cluster.Engines.Sum(engine => engine.Tokens));
        Assert.True(cluster.Engines.Count(engine => engine.Sampled > 0) >= 2, "one silo did everything");
    }

    [Fact]
    public async Task Drain_LongPicture_IsHandedOverWithItsTokensAndFinishedElsewhere()
    {
        NoOpTimes slow = NoOpTimes.Zero with { Sample = TimeSpan.FromSeconds(2) };
        await using SeveralSilos cluster = await SeveralSilos.StartAsync(_folder.Path, 2, slow);
        JobHandle job = await cluster.Client.SubmitAsync(new() { Prompt = "x", Seed = 5 }, "moved", Token);
        string first = await WorkerAsync(job, tokens: 1);

        await cluster.Grains.GetGrain<IWorkerGrain>(first).DrainAsync(TimeSpan.Zero).WaitAsync(Patience, Token);
        GenerationResult result = await job.GetResultAsync(Token).WaitAsync(Patience, Token);

        Assert.Equal("handed over", result.Job.Attempts.Last(attempt => attempt.Worker == first).Reason);
        Assert.NotEqual(first, result.Job.Images[0].Worker);
        Assert.Equal(await UndisturbedAsync(5), result.Images[0].Bytes.ToArray());
        Assert.Contains(await cluster.Client.ListWorkersAsync(Token), worker => worker.Id == first && worker.Draining);
    }

    [Fact]
    public async Task Kill_SiloOfTheWorker_PictureGoesOnElsewhereFromItsTokens()
    {
        NoOpTimes slow = NoOpTimes.Zero with { Sample = TimeSpan.FromSeconds(2) };
        await using SeveralSilos cluster = await SeveralSilos.StartAsync(_folder.Path, 3, slow);
        JobHandle job = await cluster.Client.SubmitAsync(new() { Prompt = "x", Seed = 6 }, "survivor", Token);
        string first = await WorkerAsync(job, tokens: 32);

        await cluster.KillAsync(cluster.Silos.Single(silo => first.StartsWith($"{silo.Name}|", StringComparison.Ordinal)));
        GenerationResult result = await job.GetResultAsync(Token).WaitAsync(Patience, Token);

        Assert.NotEqual(first, result.Job.Images[0].Worker);
        Assert.Equal(await UndisturbedAsync(6), result.Images[0].Bytes.ToArray());

        // One report of 16 tokens may have been under way, and the engine one step of 16 ahead of it.
        Assert.InRange(cluster.Engines.Sum(engine => engine.Tokens), NoOpEngine.ImageTokens, NoOpEngine.ImageTokens + 32);
    }

    [Fact]
    public async Task Kill_SiloOfTheWorker_ItsLeaseIsNotWaitedFor()
    {
        NoOpTimes slow = NoOpTimes.Zero with { Sample = TimeSpan.FromSeconds(2) };
        await using SeveralSilos cluster = await SeveralSilos.StartAsync(
            _folder.Path, 3, slow, options => (options.LeaseDuration, options.SweepInterval) = (TimeSpan.FromHours(1), TimeSpan.FromHours(1)));
        JobHandle job = await cluster.Client.SubmitAsync(new() { Prompt = "x", Seed = 6 }, "given-back", Token);
        string first = await WorkerAsync(job, tokens: 32);

        await cluster.KillAsync(cluster.Silos.Single(silo => first.StartsWith($"{silo.Name}|", StringComparison.Ordinal)));
        GenerationResult result = await job.GetResultAsync(Token).WaitAsync(Patience, Token);

        Assert.NotEqual(first, result.Job.Images[0].Worker);
        // A silo that is killed within the process of the test may have time for a last word.
        Assert.Contains(result.Job.Attempts.Single(attempt => attempt.Worker == first).Reason, (string?[])["lease lost", "handed over"]);
    }

    [Fact]
    public async Task Generate_OneWorkerHasOtherWeightsOfTheName_ItGetsNoWorkAndTheListSaysSo()
    {
        await using SeveralSilos cluster = await SeveralSilos.StartAsync(_folder.Path, 2, NoOpTimes.Zero, hashes: "0f");

        GenerationResult[] results = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => cluster.Client.GenerateAsync($"p{i}", new(), Token))).WaitAsync(Patience, Token);
        WorkerSnapshot[] workers;
        long from = TimeProvider.System.GetTimestamp();
        do
        {
            // The refused worker may not have asked a queue yet.
            Assert.True(TimeProvider.System.GetElapsedTime(from) < Patience, "Nobody was refused.");
            workers = await Task.WhenAll(cluster.Silos.Select(silo => cluster.Grains.GetGrain<IWorkerGrain>($"{silo.Name}|cpu").DescribeAsync()));
        }
        while (workers.All(worker => worker.Refused.Count == 0));

        WorkerSnapshot other = Assert.Single(workers, worker => worker.Refused.Count > 0);
        Assert.Equal(new RefusedModel(NoOpEngine.Model, new('f', 64), new('0', 64)), Assert.Single(other.Refused));
        Assert.Empty(other.Models);
        Assert.All(results, result => Assert.DoesNotContain(other.Id, result.Job.Attempts.Select(attempt => attempt.Worker)));
    }

    [Fact]
    public async Task Restart_AfterAllSilosDiedTogether_FinishesEveryJob()
    {
        string[] ids = [.. Enumerable.Range(0, 8).Select(i => $"job-{i}")];
        SeveralSilos first = await SeveralSilos.StartAsync(_folder.Path, 2, NoOpTimes.Zero with { Sample = TimeSpan.FromMinutes(10) }, options => options.DrainBudget = TimeSpan.Zero);
        foreach (string id in ids)
        {
            await first.Client.SubmitAsync(new() { Prompt = id }, id, Token);
        }

        await Task.WhenAll(first.Silos.Select(first.KillAsync));
        await using SeveralSilos second = await SeveralSilos.StartAsync(_folder.Path, 2, NoOpTimes.Zero);
        GenerationResult[] results = await Task.WhenAll(ids.Select(id => second.Client.GetJob(id).GetResultAsync(Token))).WaitAsync(Patience, Token);

        Assert.Equal(ids, results.Select(result => result.Job.Id));
        await first.DisposeAsync();
    }

    [Fact]
    public async Task Generate_QueuesInPartitions_FinishesAllAndUsesSeveral()
    {
        await using SeveralSilos cluster = await SeveralSilos.StartAsync(_folder.Path, 2, NoOpTimes.Zero, options => options.QueuePartitions = 3);

        GenerationResult[] results = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => cluster.Client.GenerateAsync($"p{i}", new() { N = 2 }, Token))).WaitAsync(Patience, Token);

        Assert.All(results, result => Assert.Equal(2, result.Images.Count));
        QueueSnapshot[] parts = await Task.WhenAll(Enumerable.Range(0, 3)
            .Select(part => cluster.Grains.GetGrain<IStageQueueGrain>(StageQueueKey.For(NoOpEngine.Model, Stage.Sample, part)).DescribeAsync()));
        Assert.All(parts, part => Assert.NotNull(part.ServiceMs));
    }

    private static async Task<List<GenerationResult>> GenerateUntilAsync(SeveralSilos cluster, int caller, CancellationToken enough)
    {
        List<GenerationResult> results = [];
        while (!enough.IsCancellationRequested)
        {
            results.Add(await cluster.Client.GenerateAsync($"caller {caller}", new() { Seed = (ulong)results.Count }, Token));
        }

        return results;
    }

    private static async Task<string> WorkerAsync(JobHandle job, int tokens)
    {
        await foreach (JobEvent next in job.WatchAsync(0, Token).WithCancellation(Token))
        {
            if (next.Changed.Images is [{ Worker: { } worker } image] && image.TokensDone >= tokens)
            {
                return worker;
            }
        }

        throw new InvalidOperationException("The job ended too early.");
    }

    private static async Task<byte[]> UndisturbedAsync(ulong seed)
    {
        using TemporaryFolder folder = new();
        await using SeveralSilos cluster = await SeveralSilos.StartAsync(folder.Path, 1, NoOpTimes.Zero);
        return (await cluster.Client.GenerateAsync("x", new() { Seed = seed }, Token)).Images[0].Bytes.ToArray();
    }
}

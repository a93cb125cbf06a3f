using Parti.Abstractions;
using Parti.Client;
using Parti.Inference;

namespace Parti.Grains.Tests.Cluster;

/// <summary>Candidates through the real grains.</summary>
public sealed class BestOfTests : IDisposable
{
    private const int Candidates = 6;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Generate_BestOf_AreTheImagesOfTheirNumbersWithoutAChoice()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        GenerationResult all = await GenerateAsync(cluster, new() { N = Candidates, Seed = 3 });

        GenerationResult best = await GenerateAsync(cluster, new() { N = 2, BestOf = Candidates, Seed = 3 });

        int[] expected = Best(cluster, all);
        Assert.Equal(expected, best.Job.Images.Select(image => image.Candidate!.Value));
        Assert.Equal(expected.Select(candidate => all.Images[candidate].Sha256), best.Images.Select(image => image.Sha256));
        Assert.All(best.Job.Images, image => Assert.EndsWith($"/{image.Index}.png", image.Url, StringComparison.Ordinal));
        Assert.Equal(Candidates, cluster.Engine.Scores);
        Assert.Equal(Candidates, best.Job.Candidates!.Count);
        Assert.NotNull(best.Job.Timings.RerankMs);
        Assert.Null(all.Job.Candidates);
        Assert.Null(all.Job.Timings.RerankMs);
        Assert.Equal(1, best.Job.Progress);
    }

    [Fact]
    public async Task Kill_WhileSomeAreScored_ChoosesTheSame()
    {
        string undisturbed;
        using (TemporaryFolder other = new())
        {
            await using TestCluster alone = await TestCluster.StartAsync(other.Path);
            undisturbed = (await GenerateAsync(alone, new() { BestOf = Candidates, Seed = 5 })).Images[0].Sha256;
        }

        TestCluster first = await TestCluster.StartAsync(_folder.Path);
        TaskCompletionSource<double> never = new();
        first.Engine.Score = tokens => first.Engine.Scores > 2 ? never.Task : Task.FromResult(TestEngine.ScoreOf(tokens));
        Task written = first.Storage.WhenWritten(record => record.Images.Count(image => image.Score is not null) == 2 && record.Images.All(image => image.Stage == Stage.Rerank));
        JobHandle job = await first.Client.SubmitAsync(new() { Prompt = "x", BestOf = Candidates, Seed = 5 }, "disturbed", Token);
        await written.WaitAsync(Patience, Token);
        await first.KillAsync();

        await using TestCluster second = await TestCluster.StartAsync(_folder.Path);
        GenerationResult result = await second.Client.GetJob(job.Id).GetResultAsync(Token).WaitAsync(Patience, Token);

        Assert.Equal(undisturbed, Assert.Single(result.Images).Sha256);
        Assert.Equal(Candidates - 2, second.Engine.Scores);
        Assert.Empty(second.Engine.Requests);
        await first.DisposeAsync();
    }

    [Fact]
    public async Task Generate_CandidateCannotBeScored_FailsTheJobAndSaysWhy()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        cluster.Engine.Score = _ => throw new EngineRequestException("invalid_logits", "scripted");

        JobFailedException failed = await Assert.ThrowsAsync<JobFailedException>(() => GenerateAsync(cluster, new() { BestOf = 2 }));

        Assert.Equal(new("invalid_logits", "scripted"), failed.Job.Error);
    }

    [Fact]
    public async Task Generate_NoWorkerReranks_WaitsWithItsCandidatesSampled()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, configure: options => options.Stages = [Stage.Encode, Stage.Sample, Stage.Detokenize, Stage.Upscale]);
        JobHandle job = await cluster.Client.SubmitAsync(new() { Prompt = "x", BestOf = 2, Seed = 1 }, "waits", Token);
        await foreach (JobEvent change in job.WatchAsync(0, Token))
        {
            if (change.Changed.Stage == Stage.Rerank)
            {
                break;
            }
        }

        JobSnapshot waiting = await job.DescribeAsync(Token);

        Assert.Equal(Stage.Rerank, waiting.Stage);
        Assert.All(waiting.Candidates!, candidate => Assert.Equal((TestEngine.ImageTokens, null), (candidate.TokensDone, candidate.Score)));
    }

    private static Task<GenerationResult> GenerateAsync(TestCluster cluster, GenerationOptions options) =>
        cluster.Client.GenerateAsync("x", options, Token).WaitAsync(Patience, Token);

    private static int[] Best(TestCluster cluster, GenerationResult all)
    {
        TextConditioning text = cluster.Engine.Requests[0].Conditioning;
        return [.. all.Images.Select(image => image.Index).OrderByDescending(index =>
            TestEngine.ScoreOf([.. Enumerable.Range(0, TestEngine.ImageTokens).Select(position => TestEngine.TokenAt(text, 3, index, position))])).Take(2)];
    }
}

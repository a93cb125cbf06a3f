using System.Security.Cryptography;
using Parti.Abstractions;
using Parti.Client;

namespace Parti.Chaos.Tests;

/// <summary>The silo as it is shipped, several processes of it, with real servers and the shipped model.</summary>
public sealed class ClusterTests
{
    private static readonly GenerationOptions Options = new() { Seed = 3, Size = "native" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WorkerKilledInMidPicture_AnotherOneFinishesItToTheSameBytes()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(Token, "worker-1", "worker-2");
        GenerationResult undisturbed = await cluster.Client.GenerateAsync("a red circle", Options, Token);

        JobHandle job = await cluster.Client.SubmitAsync(Options.ToRequest("a red circle"), "interrupted", Token);
        string victim = await SamplingWorkerAsync(job, atLeast: 64);
        await cluster.Silo(victim).Process.KillAsync();
        GenerationResult result = await job.GetResultAsync(Token);

        Assert.Equal(undisturbed.Images[0].Sha256, result.Images[0].Sha256);
        Assert.Equal(result.Images[0].Sha256, Convert.ToHexStringLower(SHA256.HashData(result.Images[0].Bytes.Span)));
        Assert.NotEqual($"{victim}|cpu", Assert.Single(result.Job.Images).Worker);
        Assert.Contains(result.Job.Attempts, attempt => attempt.Worker == $"{victim}|cpu" && attempt.EndedAt is not null);
        await AssertStoredAsync(cluster, result.Job);
    }

    [Fact]
    public async Task ControlSilo_HostsJobsAndWorkersHostDevices()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(Token, "worker-1");

        await cluster.Client.GenerateAsync("a red circle", Options, Token);
        IReadOnlyList<string> control = await cluster.GrainsOfAsync("control");
        IReadOnlyList<string> worker = await cluster.GrainsOfAsync("worker-1");

        Assert.Contains("job", control);
        Assert.Contains("stagequeue", control);
        Assert.DoesNotContain("worker", control);
        Assert.Equal(["worker"], worker);
    }

    /// <summary>Waits until an image has so many tokens kept, and says which silo samples it.</summary>
    private static async Task<string> SamplingWorkerAsync(JobHandle job, int atLeast)
    {
        await foreach (JobEvent _ in job.WatchAsync(0, Token))
        {
            ImageSnapshot image = (await job.DescribeAsync(Token)).Images[0];
            if (image.TokensDone >= atLeast && image.Worker is { } worker)
            {
                Assert.True(image.TokensDone < image.TokensTotal, "The picture was done before its worker could be killed.");
                return WorkerKey.Parse(worker).Silo;
            }
        }

        throw new InvalidOperationException("The job ended before its worker could be killed.");
    }

    private static async Task AssertStoredAsync(TestCluster cluster, JobSnapshot job)
    {
        string folder = Path.GetDirectoryName(job.Images[0].Url)!;
        string[] stored = await cluster.Results.ListAsync(folder, Token).ToArrayAsync(Token);

        Assert.Equal([$"{folder}/0.png", $"{folder}/job.json"], stored.Order(StringComparer.Ordinal));
    }
}

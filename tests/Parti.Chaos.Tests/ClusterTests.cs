using System.Security.Cryptography;
using Parti.Abstractions;
using Parti.Client;

namespace Parti.Chaos.Tests;

/// <summary>The silo as it is shipped, several processes of it, with real servers and the shipped model.</summary>
public sealed class ClusterTests
{
    // Enough that whenever a worker is killed it is in the middle of one.
    private const int Images = 12;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static readonly GenerationOptions Options = new() { Seed = 3, Size = "native" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WorkerKilledInMidPicture_AnotherOneFinishesItToTheSameBytes()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(Token, "worker-1", "worker-2");
        GenerationResult undisturbed = await cluster.Client.GenerateAsync("a red circle", Options with { N = Images }, Token);

        JobHandle job = await cluster.Client.SubmitAsync((Options with { N = Images }).ToRequest("a red circle"), "interrupted", Token);
        string victim = await SamplingWorkerAsync(job);
        await cluster.Silo(victim).Process.KillAsync();
        GenerationResult result = await job.GetResultAsync(Token).WaitAsync(Patience, Token);

        Assert.Equal(undisturbed.Images.Select(made => made.Sha256), result.Images.Select(made => made.Sha256));
        Assert.All(result.Images, made => Assert.Equal(made.Sha256, Convert.ToHexStringLower(SHA256.HashData(made.Bytes.Span))));
        Assert.Contains(result.Job.Attempts, attempt => attempt.Worker == $"{victim}|cpu" && attempt.Reason == "lease lost");
        Assert.Contains(result.Job.Images, made => made.Worker != $"{victim}|cpu");
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

    /// <summary>Waits until an image has some but not all of its tokens, and says which silo samples it.</summary>
    private static async Task<string> SamplingWorkerAsync(JobHandle job)
    {
        await foreach (JobEvent _ in job.WatchAsync(0, Token))
        {
            ImageSnapshot? image = (await job.DescribeAsync(Token)).Images.FirstOrDefault(image => image.Worker is not null && image.TokensDone > 0 && image.TokensDone < image.TokensTotal);
            if (image is not null)
            {
                return WorkerKey.Parse(image.Worker!).Silo;
            }
        }

        throw new InvalidOperationException("The job ended before its worker could be killed.");
    }

    private static async Task AssertStoredAsync(TestCluster cluster, JobSnapshot job)
    {
        string folder = Path.GetDirectoryName(job.Images[0].Url)!;
        string[] stored = await cluster.Results.ListAsync(folder, Token).ToArrayAsync(Token);

        Assert.Equal(job.Images.Select(image => image.Url!).Append($"{folder}/job.json").Order(StringComparer.Ordinal), stored.Order(StringComparer.Ordinal));
    }
}

using System.Net;
using Parti.Abstractions;
using Parti.Client;

namespace Parti.Chaos.Tests;

/// <summary>SIGTERM in the middle of images: the worker drains while it can still talk to the cluster, and leaves in order.</summary>
public sealed class StopTests
{
    private const int Images = 12;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly GenerationOptions Options = new() { Seed = 9, Size = "native", N = Images };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("00:00:00", "handed over")]
    [InlineData("00:00:30", "succeeded")]
    public async Task Terminated_InMidPicture_FinishesWithinItsBudgetOrHandsOverAndExitsWithZero(string budget, string reason)
    {
        ClusterPlan plan = new()
        {
            Workers = ["worker-1", "worker-2"],
            TellsTokens = true,
            Settings = new Dictionary<string, string> { ["Jobs:DrainBudget"] = budget, ["Worker:Slots"] = "3" },
        };
        await using TestCluster cluster = await TestCluster.StartAsync(plan, Token);
        GenerationResult undisturbed = await cluster.Client.GenerateAsync("a red circle", Options, Token);
        JobHandle job = await cluster.Client.SubmitAsync(Options.ToRequest("a red circle"), "interrupted", Token);
        SiloProcess leaver = cluster.Silo("worker-1");
        await new WorkerWords(leaver).HasTokensAsync("interrupted", 1, Token);

        await leaver.Process.StopAsync(Patience);
        GenerationResult result = await job.GetResultAsync(Token).WaitAsync(Patience, Token);

        Assert.Equal(0, leaver.Process.ExitCode);
        Assert.Equal(undisturbed.Images.Select(image => image.Sha256), result.Images.Select(image => image.Sha256));
        Assert.Equal(reason, Assert.Single(result.Job.Attempts, attempt => attempt.Worker == "worker-1|cpu").Reason);
        Assert.Contains("drains", leaver.Process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", leaver.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Terminated_WhileItDrains_IsNotReadyAndTakesNothingNew()
    {
        ClusterPlan plan = new()
        {
            Workers = ["worker-1"],
            TellsTokens = true,
            Settings = new Dictionary<string, string> { ["Jobs:DrainBudget"] = "00:01:00" },
        };
        await using TestCluster cluster = await TestCluster.StartAsync(plan, Token);
        JobHandle job = await cluster.Client.SubmitAsync(Options.ToRequest("a red circle"), "interrupted", Token);
        SiloProcess leaver = cluster.Silo("worker-1");
        using HttpClient http = new() { BaseAddress = leaver.Url };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("health/ready", Token)).StatusCode);
        await new WorkerWords(leaver).HasTokensAsync("interrupted", 1, Token);

        Task stopped = leaver.Process.StopAsync(Patience);
        await leaver.Process.LineAsync(line => line.Contains("drains", StringComparison.Ordinal), Token);
        HttpStatusCode? ready = await StatusAsync(http);
        await stopped;
        JobSnapshot after = await job.DescribeAsync(Token);

        // The one image that it had in its slot may have ended before it was asked.
        Assert.Contains(ready, (HttpStatusCode?[])[HttpStatusCode.ServiceUnavailable, null]);
        Assert.Equal(0, leaver.Process.ExitCode);
        Assert.Contains(after.Images, image => image.State == JobState.Succeeded);
        Assert.Contains(after.Images, image => image.TokensDone == 0);
        Assert.Equal(JobState.Running, after.State);
    }

    private static async Task<HttpStatusCode?> StatusAsync(HttpClient http)
    {
        try
        {
            return (await http.GetAsync("health/ready", Token)).StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}

using Microsoft.Extensions.Time.Testing;
using Parti.Abstractions;
using Parti.Client;
using Parti.Grains.Catalog;
using Parti.Grains.Tests.Cluster;

namespace Parti.Grains.Tests.Catalog;

public sealed class RetentionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EndedBefore_SomeEndedSomeRun_GivesTheEndedOldestFirst()
    {
        DateTimeOffset now = new FakeTimeProvider().GetUtcNow();
        CatalogIndex index = new();
        index.Put(Job("young", JobState.Succeeded, now.AddDays(-1), now));
        index.Put(Job("old", JobState.Failed, now.AddDays(-9), now.AddDays(-8)));
        index.Put(Job("oldest", JobState.Succeeded, now.AddDays(-20), now.AddDays(-19)));
        index.Put(Job("slow", JobState.Canceled, now.AddDays(-30), now.AddDays(-2)));
        index.Put(Job("running", JobState.Running, now.AddDays(-30), null));

        Assert.Equal(["oldest", "old"], index.EndedBefore(now.AddDays(-7), 10).Select(job => job.Id));
        Assert.Equal(["oldest"], index.EndedBefore(now.AddDays(-7), 1).Select(job => job.Id));
    }

    [Fact]
    public async Task Sweep_JobOlderThanKept_GoesWithItsPicturesAndRecord()
    {
        GenerationResult made;
        await using (TestCluster before = await TestCluster.StartAsync(_folder.Path))
        {
            made = await before.Client.GenerateAsync("x", null, Token);
            await before.StopAsync();
        }

        // Another silo, that keeps jobs for a tick only, finds them when it starts.
        await using TestCluster after = await TestCluster.StartAsync(_folder.Path, configure: options => options.RetainJobs = TimeSpan.FromTicks(1));
        await Until(async () => (await after.Client.ListJobsAsync(null, Token)).Jobs.Count == 0, () => after.Grains.GetGrain<IJobCatalogGrain>(0).SweepAsync());

        await Assert.ThrowsAsync<JobNotFoundException>(() => after.Client.GetJob(made.Job.Id).DescribeAsync(Token));
        Assert.Empty(await after.Results.ListAsync("jobs", Token).ToListAsync(Token));
        Assert.Empty(Directory.GetFiles(_folder.Path, $"*{made.Job.Id}*", SearchOption.AllDirectories));
    }

    private static async Task Until(Func<Task<bool>> done, Func<Task> step)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        while (!await done())
        {
            patience.Token.ThrowIfCancellationRequested();
            await step();
        }
    }

    private static JobSummary Job(string id, JobState state, DateTimeOffset created, DateTimeOffset? completed) => new()
    {
        Id = id, Tenant = "default", State = state, Model = "demo", Prompt = "x", N = 1, CreatedAt = created, CompletedAt = completed,
    };
}

using Parti.Abstractions;
using Parti.Client;

namespace Parti.Grains.Tests.Cluster;

/// <summary>A job's id may be used again once the job is deleted; nothing of the first one may show.</summary>
public sealed class SameIdAgainTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TestCluster _cluster = shared.Cluster;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Submit_DeletedIdWithAnotherPrompt_DrawsTheNewPrompt()
    {
        await FinishAndDeleteAsync("redrawn", "an apple");

        JobHandle job = await _cluster.Client.SubmitAsync(new() { Prompt = "a banana" }, "redrawn", Token);
        await job.GetResultAsync(Token).WaitAsync(Patience, Token);

        Assert.Equal("a banana".Select(c => (float)c), _cluster.Engine.Requests[^1].Conditioning.States);
    }

    [Fact]
    public async Task Watch_DeletedIdSubmittedAgain_ShowsOnlyTheNewJob()
    {
        await FinishAndDeleteAsync("rewatched", "an apple");
        JobHandle job = await _cluster.Client.SubmitAsync(new() { Prompt = "a banana" }, "rewatched", Token);

        List<JobEvent> events = [];
        await foreach (JobEvent next in job.WatchAsync(0, Token).WithCancellation(Token))
        {
            events.Add(next);
        }

        Assert.Equal(JobEventType.Queued, events[0].Type);
        Assert.Single(events, next => next.IsTerminal);
    }

    private async Task FinishAndDeleteAsync(string id, string prompt)
    {
        JobHandle job = await _cluster.Client.SubmitAsync(new() { Prompt = prompt }, id, Token);
        await job.GetResultAsync(Token).WaitAsync(Patience, Token);
        await job.DeleteAsync(Token);
    }
}

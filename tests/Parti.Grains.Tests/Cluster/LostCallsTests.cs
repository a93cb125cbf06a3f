using Parti.Abstractions;
using Parti.Client;

namespace Parti.Grains.Tests.Cluster;

/// <summary>A call that the runtime cancels, as it does where a silo cannot place it in time, says nothing about the picture it is for.</summary>
public sealed class LostCallsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(nameof(IJobWorkGrain.StartAsync))]
    [InlineData(nameof(IJobWorkGrain.ReportAsync))]
    public async Task Work_MostCallsToItsJobAreCanceled_CostsNoAttempt(string method)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        int calls = 0;
        cluster.Calls.Failure = name =>
            name == method && Interlocked.Increment(ref calls) % 3 != 0 ? new OperationCanceledException("Message expired before placement could complete.") : null;

        JobHandle job = await cluster.Client.SubmitAsync(new() { Prompt = "x" }, "reached", Token);
        GenerationResult result = await job.GetResultAsync(Token).WaitAsync(Patience, Token);

        Assert.Single(result.Job.Attempts);
        Assert.True(calls > 2);
    }
}

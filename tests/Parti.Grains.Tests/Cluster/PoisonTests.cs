using Parti.Client;
using Parti.Grains.Jobs;

namespace Parti.Grains.Tests.Cluster;

public sealed class PoisonTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Job_TakesThreeProcessesDown_FailsAsPoisonous()
    {
        for (int life = 1; life <= JobStateMachine.MaxLostAttempts; life++)
        {
            TaskCompletionSource sampling = new(TaskCreationOptions.RunContinuationsAsynchronously);
            TestEngine engine = new() { Standing = () => sampling.TrySetResult() };
            engine.PauseAt(0);
            TestCluster cluster = await TestCluster.StartAsync(_folder.Path, engine);
            Task written = life == 1 ? cluster.Storage.WhenWritten(record => record.Attempts.Length == 1) : Task.CompletedTask;
            await cluster.Client.SubmitAsync(new() { Prompt = "deadly" }, "deadly", Token);

            // The first life writes the attempt soon, each later one before it lets the worker begin.
            await sampling.Task.WaitAsync(Patience, Token);
            await written;
            await cluster.KillAsync();
            await cluster.DisposeAsync();
        }

        await using TestCluster last = await TestCluster.StartAsync(_folder.Path);
        JobHandle job = last.Client.GetJob("deadly");
        JobFailedException failed = await Assert.ThrowsAsync<JobFailedException>(() => job.GetResultAsync(Token)).WaitAsync(Patience, Token);

        Assert.Equal("poisonous", failed.Code);
        Assert.Equal(["lease lost", "lease lost", "lease lost"], failed.Job.Attempts.Select(attempt => attempt.Reason));
        Assert.Empty(last.Engine.Requests);
    }
}

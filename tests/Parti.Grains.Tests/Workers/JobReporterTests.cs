using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Parti.Abstractions;
using Parti.Grains.Tests.Cluster;
using Parti.Grains.Workers;

namespace Parti.Grains.Tests.Workers;

public sealed class JobReporterTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Start_NoAnswerForLong_SaysThatTheJobCannotBeReached()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        cluster.Calls.Failure = name => name == nameof(IJobWorkGrain.StartAsync) ? new TimeoutException("No answer.") : null;
        FakeTimeProvider time = new() { AutoAdvanceAmount = CallAgain.UntilADeathIsKnown };
        JobReporter reporter = new("gone|cpu", cluster.Grains, time, NullLogger.Instance);
        WorkKey key = new(new("default", "lonely"), WorkKey.Prompt);
        using RunningWork work = new(new(new(Stage.Encode, 1), TestEngine.Model, 0), new(new(key, JobPriority.Normal, time.Start, 0), 1, "gone|cpu"));

        await Assert.ThrowsAsync<JobUnreachableException>(() => reporter.StartAsync(work, hasText: false)).WaitAsync(Patience, TestContext.Current.CancellationToken);
    }
}

using Parti.Grains.Storage;

namespace Parti.Grains.Tests.Storage;

public sealed class StoreThreadsTests
{
    [Fact]
    public async Task Run_BlockingWork_IsOnNoThreadOfThePool()
    {
        bool before = true, after = true;

        await StoreThreads.RunAsync(async () =>
        {
            before = Thread.CurrentThread.IsThreadPoolThread;
            await Task.Yield();
            after = Thread.CurrentThread.IsThreadPoolThread;
        });

        Assert.False(before);
        Assert.False(after);
    }

    [Fact]
    public async Task Run_WorkThatFails_FailsItsCaller() =>
        await Assert.ThrowsAsync<IOException>(() => StoreThreads.RunAsync<int>(() => throw new IOException("full"), TestContext.Current.CancellationToken));
}

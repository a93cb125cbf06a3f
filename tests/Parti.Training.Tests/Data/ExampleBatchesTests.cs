using Parti.Training.Data;

namespace Parti.Training.Tests.Data;

public sealed class ExampleBatchesTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 4)]
    [InlineData(3, 8)]
    public void At_StepsInOrder_GivesTheBatchOfEachStep(int threads, int ahead)
    {
        using ExampleBatches<long> batches = new((step, _) => step * step, threads, ahead);
        Assert.All(Enumerable.Range(100, 200), step => Assert.Equal((long)step * step, batches.At(step, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void At_AnyOtherStep_StartsAnew()
    {
        using ExampleBatches<long> batches = new((step, _) => step, threads: 2, ahead: 3);
        Assert.Equal([5, 6, 5, 90, 91, 0], new long[] { 5, 6, 5, 90, 91, 0 }.Select(step => batches.At(step, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task At_SlowTrainer_NoMoreThanAheadArePrepared()
    {
        using SemaphoreSlim begun = new(0);
        int built = 0;
        using ExampleBatches<long> batches = new(
            (step, _) =>
            {
                Interlocked.Increment(ref built);
                begun.Release();
                return step;
            },
            threads: 2,
            ahead: 3);
        Assert.Equal(0, built);
        batches.At(0, TestContext.Current.CancellationToken);
        for (int i = 0; i < 4; i++)
        {
            await begun.WaitAsync(TestContext.Current.CancellationToken);
        }
        batches.At(1, TestContext.Current.CancellationToken);
        await begun.WaitAsync(TestContext.Current.CancellationToken);

        // Steps 0 to 4: two were taken, three wait; a sixth would have to wait for step 2.
        Assert.Equal(5, built);
    }

    [Fact]
    public void At_FailedBatch_ThrowsThereAndNowhereElse()
    {
        using ExampleBatches<long> batches = new((step, _) => step == 2 ? throw new DataException("shard-7.tar: cannot be read") : step, threads: 2);
        CancellationToken token = TestContext.Current.CancellationToken;

        Assert.Equal([0, 1], [batches.At(0, token), batches.At(1, token)]);
        Assert.Contains("shard-7.tar", Assert.Throws<DataException>(() => batches.At(2, token)).Message, StringComparison.Ordinal);
        Assert.Equal(3, batches.At(3, token));
        Assert.Throws<DataException>(() => batches.At(2, token));
    }

    [Fact]
    public async Task At_Canceled_GivesUpTheWait()
    {
        using ManualResetEventSlim release = new();
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using ExampleBatches<long> batches = new((step, stopping) =>
        {
            begun.TrySetResult();
            release.Wait(stopping);
            return step;
        });
        using CancellationTokenSource canceling = new();
        Task<long> wait = Task.Run(() => batches.At(0, canceling.Token), TestContext.Current.CancellationToken);
        await begun.Task.WaitAsync(TestContext.Current.CancellationToken);
        await canceling.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
    }

    [Fact]
    public void Dispose_BatchesNobodyTook_AreDisposed()
    {
        List<Tracked> made = [];
        ExampleBatches<Tracked> batches = new((_, _) =>
        {
            Tracked batch = new();
            lock (made)
            {
                made.Add(batch);
            }
            return batch;
        }, threads: 3, ahead: 6);
        Tracked taken = batches.At(0, TestContext.Current.CancellationToken);
        batches.At(40, TestContext.Current.CancellationToken).Dispose();
        batches.Dispose();
        batches.Dispose();

        Assert.False(taken.IsDisposed);
        Assert.All(made.Where(batch => batch != taken), batch => Assert.True(batch.IsDisposed));
        Assert.Throws<ObjectDisposedException>(() => batches.At(41, TestContext.Current.CancellationToken));
    }

    private sealed class Tracked : IDisposable
    {
        internal bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}

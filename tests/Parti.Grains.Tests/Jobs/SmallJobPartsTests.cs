using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Parti.Abstractions;
using Parti.Grains.Jobs;

namespace Parti.Grains.Tests.Jobs;

public sealed class TokenArrayTests
{
    [Fact]
    public void With_RoundTripThroughJson_KeepsEveryToken()
    {
        TokenArray tokens = TokenArray.Empty.With(0, [0, 1, 255, 256, 8191, 65535]);

        TokenArray read = JsonSerializer.Deserialize<TokenArray>(JsonSerializer.Serialize(tokens))!;

        Assert.Equal(tokens, read);
        Assert.Equal([0, 1, 255, 256, 8191, 65535], read.ToArray());
    }

    [Fact]
    public void With_OverlapOrGap_KeepsOrRefuses()
    {
        TokenArray tokens = TokenArray.Empty.With(0, [1, 2, 3]);

        Assert.Equal([1, 9, 3], tokens.With(1, [9]).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => tokens.With(4, [1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokens.With(3, [65536]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokens.With(3, [-1]));
    }
}

public sealed class JobEventLogTests
{
    private static readonly DateTimeOffset Now = JobCases.Now;

    [Fact]
    public async Task Publish_NewEvents_WakesWatchers()
    {
        JobEventLog log = new();
        (IReadOnlyList<JobEvent> events, Task more) = log.After(0);
        log.Add(JobEventType.Queued, Now, new() { Version = 1 });

        Assert.Empty(events);
        log.Publish();
        Assert.False(more.IsCompleted);
        log.Reserve(log.Reservation);
        log.Publish();
        await more;

        Assert.Equal([1L], log.After(0).Events.Select(next => next.Seq));
        Assert.Empty(log.After(1).Events);
    }

    [Fact]
    public void Restore_AfterLostEvents_NeverUsesANumberTwice()
    {
        JobEventLog log = new();
        log.Add(JobEventType.Queued, Now, new() { Version = 1 });
        long reserved = log.Reservation;
        IReadOnlyList<JobEvent> stored = log.ToStore();
        log.Reserve(reserved);
        for (int i = 0; i < 5000; i++)
        {
            log.Add(JobEventType.Progress, Now, new() { Version = 2 });
        }

        log.Publish();
        JobEventLog restored = new();
        restored.Restore(stored, reserved);
        JobEvent next = restored.Add(JobEventType.Started, Now, new() { Version = 3 });

        // Far more events than numbers were reserved for: what was not reserved was shown to nobody.
        Assert.Equal(reserved, log.Published);
        Assert.True(log.Withholds);
        Assert.True(next.Seq > log.Published);
    }

    [Fact]
    public void Add_MoreThanIsKept_DropsOnlyOldProgress()
    {
        JobEventLog log = new();
        for (int i = 0; i < 5000; i++)
        {
            log.Add(i % 100 == 0 ? JobEventType.Image : JobEventType.Progress, Now, new() { Version = i });
        }

        log.Reserve(log.Reservation);
        log.Publish();

        Assert.Equal(50, log.After(0).Events.Count(next => next.Type == JobEventType.Image));
        Assert.InRange(log.After(0).Events.Count, 512, 1024);
        Assert.DoesNotContain(log.ToStore(), next => next.Type == JobEventType.Progress);
    }

    [Fact]
    public void Publish_TerminalThenRetry_EndsAndBeginsAgain()
    {
        JobEventLog log = new();
        log.Reserve(log.Reservation);
        log.Add(JobEventType.Failed, Now, new() { Version = 1 });
        Assert.False(log.HasEnded);
        log.Publish();
        Assert.True(log.HasEnded);
        log.Add(JobEventType.Queued, Now, new() { Version = 2 });
        log.Publish();
        Assert.False(log.HasEnded);
    }
}

public sealed class CoalescingWriterTests
{
    [Fact]
    public Task WriteAsync_WhileAWriteRuns_OneMoreCoversAllOfThem() => OnOneScheduler(async () =>
    {
        TaskCompletionSource[] writes = [new(), new(), new()];
        TaskCompletionSource[] begun = [new(), new(), new()];
        int count = 0;
        CoalescingWriter writer = new(
            () =>
            {
                begun[count].SetResult();
                return writes[count++].Task;
            },
            TimeSpan.FromSeconds(1),
            TimeProvider.System);

        Task first = writer.WriteAsync();
        Task second = writer.WriteAsync();
        Task third = writer.WriteAsync();
        Assert.Equal(1, count);
        writes[0].SetResult();
        await Task.WhenAll(first, begun[1].Task).WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        Assert.False(second.IsCompleted);
        writes[1].SetResult();
        await Task.WhenAll(second, third);

        Assert.Equal(2, count);
        Assert.False(writer.IsDirty);
    });

    [Fact]
    public async Task WriteAsync_Fails_ThrowsToItsCallerAndStaysDirty()
    {
        CoalescingWriter writer = new(() => throw new IOException("full"), TimeSpan.FromSeconds(1), TimeProvider.System);

        await Assert.ThrowsAsync<IOException>(writer.WriteAsync);

        Assert.True(writer.IsDirty);
    }

    [Fact]
    public async Task WriteLater_Often_WritesOnceAfterTheInterval()
    {
        CountedWriter counted = new();

        for (int i = 0; i < 10; i++)
        {
            counted.Writer.WriteLater(_ => false);
        }

        Assert.Equal(0, counted.Count);
        counted.Time.Advance(CountedWriter.Interval);
        await counted.WrittenAsync(1);

        Assert.Equal(1, counted.Count);
        Assert.False(counted.Writer.IsDirty);
    }

    [Fact]
    public async Task WriteSoon_Twice_WritesAtOnceAndAgainAfterTheInterval()
    {
        CountedWriter counted = new();

        counted.Writer.WriteSoon(_ => false);
        counted.Writer.WriteSoon(_ => false);
        Assert.Equal(1, counted.Count);
        counted.Time.Advance(CountedWriter.Interval);
        await counted.WrittenAsync(2);

        Assert.Equal(2, counted.Count);
        Assert.False(counted.Writer.IsDirty);
    }

    [Fact]
    public async Task WriteLater_AnEagerWriteComesFirst_WritesNothingMore()
    {
        CountedWriter counted = new();

        counted.Writer.WriteLater(_ => false);
        await counted.Writer.WriteAsync();
        counted.Time.Advance(CountedWriter.Interval);
        counted.Writer.WriteLater(_ => false);
        counted.Time.Advance(CountedWriter.Interval);
        await counted.WrittenAsync(2);

        Assert.Equal(2, counted.Count);
        Assert.False(counted.Writer.IsDirty);
    }

    [Fact]
    public async Task WriteLater_Fails_TriesAgain()
    {
        FakeTimeProvider time = new();
        int tries = 0;
        TaskCompletionSource done = new();
        CoalescingWriter writer = new(
            () =>
            {
                if (++tries < 3)
                {
                    throw new IOException("full");
                }

                done.SetResult();
                return Task.CompletedTask;
            },
            TimeSpan.FromSeconds(1),
            time);

        writer.WriteLater(_ => true);
        for (int i = 0; i < 100 && !done.Task.IsCompleted; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await done.Task.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        Assert.Equal(3, tries);
    }

    private sealed class CountedWriter
    {
        public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
        private readonly TaskCompletionSource[] _written = [new(), new(), new()];

        public CountedWriter() => Writer = new(Write, Interval, Time);

        public FakeTimeProvider Time { get; } = new();

        public CoalescingWriter Writer { get; }

        public int Count { get; private set; }

        public Task WrittenAsync(int times) => _written[times - 1].Task.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);

        private Task Write()
        {
            _written[Count++].SetResult();
            return Task.CompletedTask;
        }
    }

    // As on a grain: one thing at a time.
    private static Task OnOneScheduler(Func<Task> test) => Task.Factory.StartNew(
        test, CancellationToken.None, TaskCreationOptions.None, new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler).Unwrap();
}

using Microsoft.Extensions.Time.Testing;

namespace Parti.Grains.Tests;

public sealed class CallAgainTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static TheoryData<Exception> Unknown { get; } = [new TimeoutException(), new OrleansException(), new OperationCanceledException(), new TaskCanceledException()];

    [Theory]
    [MemberData(nameof(Unknown))]
    public async Task Run_FateUnknown_IsMadeAgainUntilPatienceEnds(Exception failure)
    {
        FakeTimeProvider time = new() { AutoAdvanceAmount = TimeSpan.FromSeconds(0.9) };
        int calls = 0;

        Task<int> running = CallAgain.RunAsync<int>(
            () =>
            {
                calls++;
                return Task.FromException<int>(failure);
            },
            time,
            Patience);
        while (!running.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Same(failure, await Assert.ThrowsAnyAsync<Exception>(() => running));
        Assert.InRange(calls, 2, 4);
    }

    [Fact]
    public async Task Run_RefusedForAReason_IsNotMadeAgain()
    {
        int calls = 0;

        await Assert.ThrowsAsync<InvalidOperationException>(() => CallAgain.RunAsync<int>(
            () =>
            {
                calls++;
                return Task.FromException<int>(new InvalidOperationException());
            },
            new FakeTimeProvider(),
            Patience));

        Assert.Equal(1, calls);
    }

    [Fact]
    public void IsUnknown_CanceledByTheCaller_IsNot()
    {
        Assert.True(CallAgain.IsUnknown(new OperationCanceledException(), TestContext.Current.CancellationToken));
        Assert.False(CallAgain.IsUnknown(new OperationCanceledException(), new CancellationToken(canceled: true)));
    }
}

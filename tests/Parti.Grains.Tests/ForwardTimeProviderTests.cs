namespace Parti.Grains.Tests;

public sealed class ForwardTimeProviderTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly SetClock _machine = new() { Now = Noon };

    [Fact]
    public void GetUtcNow_MachineGoesOn_IsTheMachines()
    {
        ForwardTimeProvider clock = new(_machine);
        Assert.Equal(Noon, clock.GetUtcNow());

        _machine.Pass(TimeSpan.FromSeconds(5));

        Assert.Equal(Noon.AddSeconds(5), clock.GetUtcNow());
    }

    [Fact]
    public void GetUtcNow_MachineIsPutAhead_FollowsAtOnce()
    {
        ForwardTimeProvider clock = new(_machine);
        _ = clock.GetUtcNow();

        _machine.Now += TimeSpan.FromHours(1);

        Assert.Equal(Noon.AddHours(1), clock.GetUtcNow());
    }

    [Fact]
    public void GetUtcNow_MachineIsPutBack_PassesAtHalfSpeedUntilItHasComeUp()
    {
        ForwardTimeProvider clock = new(_machine);
        _ = clock.GetUtcNow();
        _machine.Now -= TimeSpan.FromMinutes(1);

        Assert.Equal(Noon, clock.GetUtcNow());
        _machine.Pass(TimeSpan.FromSeconds(10));
        Assert.Equal(Noon.AddSeconds(5), clock.GetUtcNow());
        _machine.Pass(TimeSpan.FromMinutes(2));
        Assert.Equal(_machine.Now, clock.GetUtcNow());
    }

    private sealed class SetClock : TimeProvider
    {
        private TimeSpan _passed;

        public DateTimeOffset Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(TimeSpan time) => (_passed, Now) = (_passed + time, Now + time);

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => _passed.Ticks;
    }
}

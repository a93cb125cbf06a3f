using Microsoft.Extensions.Time.Testing;
using Parti.Grains.Shards;

namespace Parti.Grains.Tests.Shards;

public sealed class ShardLeaseTests
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(10);
    private readonly FakeTimeProvider _time = new();
    private readonly Guid _first = Guid.NewGuid(), _second = Guid.NewGuid();

    [Fact]
    public void TryTake_WhileAnotherSessionLives_IsRefused()
    {
        ShardLease lease = new(_time, Length);

        Assert.True(lease.TryTake(_first));
        Assert.False(lease.TryTake(_second));
        Assert.True(lease.TryTake(_first));
    }

    [Fact]
    public void TryTake_AfterSilence_IsGranted()
    {
        ShardLease lease = new(_time, Length);
        lease.TryTake(_first);
        _time.Advance(Length - TimeSpan.FromSeconds(1));
        lease.Renew(_first);
        _time.Advance(Length - TimeSpan.FromSeconds(1));

        Assert.False(lease.TryTake(_second));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(lease.IsTaken);
        Assert.True(lease.TryTake(_second));
    }

    [Fact]
    public void RenewAndRelease_OfALateSession_ChangeNothing()
    {
        ShardLease lease = new(_time, Length);
        lease.TryTake(_first);
        _time.Advance(Length);
        lease.TryTake(_second);
        _time.Advance(Length / 2);
        lease.Renew(_first);
        lease.Release(_first);

        Assert.True(lease.IsTaken);
        _time.Advance(Length / 2);
        Assert.False(lease.IsTaken);
    }

    [Fact]
    public void Release_OfWhoHasIt_FreesItAtOnce()
    {
        ShardLease lease = new(_time, Length);
        lease.TryTake(_first);
        lease.Release(_first);

        Assert.True(lease.TryTake(_second));
    }
}

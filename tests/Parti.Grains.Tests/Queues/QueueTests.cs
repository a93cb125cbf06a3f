using Microsoft.Extensions.Time.Testing;
using Parti.Abstractions;
using Parti.Grains.Queues;

namespace Parti.Grains.Tests.Queues;

public sealed class QueueTests
{
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(10);
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Lease_NotRenewed_ExpiresAndItsNextLeaseHasAHigherEpoch()
    {
        StageQueue queue = NewQueue();
        queue.Enqueue(Item("a", "job", 1));
        WorkLease first = Assert.Single(queue.Lease("w1", 1));
        _time.Advance(Life);

        WorkLease expired = Assert.Single(queue.Expire());
        WorkLease second = Assert.Single(queue.Lease("w2", 1));

        Assert.Equal(first, expired);
        Assert.True(second.Epoch > first.Epoch + 1);
        Assert.True(second.Item.Epoch > first.Epoch);
        Assert.Equal(first, Assert.Single(queue.Renew([first])));
        queue.Complete(first);
        Assert.Equal(1, queue.Leased);
    }

    [Fact]
    public void Renew_InTime_KeepsTheLease()
    {
        StageQueue queue = NewQueue();
        queue.Enqueue(Item("a", "job", 1));
        WorkLease lease = Assert.Single(queue.Lease("w1", 1));
        for (int i = 0; i < 5; i++)
        {
            _time.Advance(Life / 2);
            Assert.Empty(queue.Renew([lease]));
            Assert.Empty(queue.Expire());
        }

        queue.Complete(lease);
        Assert.Equal(0, queue.Leased);
    }

    [Fact]
    public void Renew_AfterTheQueueWasLost_AdoptsAndGoesOnAbove()
    {
        StageQueue before = NewQueue();
        before.Enqueue(Item("a", "job", 1));
        WorkLease lease = Assert.Single(before.Lease("w1", 1));
        StageQueue after = NewQueue();
        after.Enqueue(Item("a", "job", 1));

        Assert.Empty(after.Renew([lease]));
        Assert.Empty(after.Lease("w2", 1));
        Assert.Equal(EnqueueOutcome.Leased, after.Enqueue(Item("a", "job", 1)));
        after.Return(lease);
        Assert.True(Assert.Single(after.Lease("w2", 1)).Epoch > lease.Epoch);
    }

    [Fact]
    public void Renew_AfterAnotherGotIt_IsLost()
    {
        StageQueue before = NewQueue();
        before.Enqueue(Item("a", "job", 1));
        WorkLease lease = Assert.Single(before.Lease("w1", 1));
        _time.Advance(TimeSpan.FromMilliseconds(5));
        StageQueue after = NewQueue();
        after.Enqueue(Item("a", "job", 1));
        WorkLease other = Assert.Single(after.Lease("w2", 1));

        Assert.Equal(lease, Assert.Single(after.Renew([lease])));
        Assert.Empty(after.Renew([other]));
        Assert.True(other.Epoch > lease.Epoch);
    }

    [Fact]
    public void Enqueue_Known_KeepsItsPlaceOrLease()
    {
        StageQueue queue = NewQueue();

        Assert.Equal(EnqueueOutcome.Waiting, queue.Enqueue(Item("a", "job", 1)));
        Assert.Equal(EnqueueOutcome.AlreadyWaiting, queue.Enqueue(Item("a", "job", 1)));
        queue.Lease("w1", 1);
        Assert.Equal(EnqueueOutcome.Leased, queue.Enqueue(Item("a", "job", 1)));
        Assert.Equal(0, queue.Waiting);
    }

    [Fact]
    public void Admit_UpToCapacity_ThenBusy()
    {
        StageQueue queue = NewQueue(capacity: 4);

        Assert.True(queue.Admit(new("a", "one"), 3).Admitted);
        Assert.True(queue.Admit(new("a", "one"), 3).Admitted);
        AdmitAnswer busy = queue.Admit(new("a", "two"), 2);
        Assert.False(busy.Admitted);
        Assert.True(busy.RetryAfterMs > 0);
        queue.Enqueue(Item("a", "one", 1));
        Assert.Equal((1, 2), (queue.Waiting, queue.Reserved));
        Assert.False(queue.Admit(new("a", "two"), 2).Admitted);
        queue.RemoveJob(new("a", "one"));
        Assert.True(queue.Admit(new("a", "two"), 64).Admitted);
    }

    [Fact]
    public void Admit_JobThatNeverCame_FreesItsPlacesLater()
    {
        StageQueue queue = NewQueue(capacity: 1);
        queue.Admit(new("a", "gone"), 1);
        Assert.False(queue.Admit(new("a", "next"), 1).Admitted);

        _time.Advance(TimeSpan.FromMinutes(11));

        Assert.True(queue.Admit(new("a", "next"), 1).Admitted);
    }

    [Fact]
    public void TakeHungry_WorkersThatGotLess_AreNamedOnceAndOnlyAsNeeded()
    {
        StageQueue queue = NewQueue();
        queue.Lease("w1", 2);
        queue.Lease("w2", 2);
        queue.Enqueue(Item("a", "one", 1));

        Assert.Single(queue.TakeHungry());
        queue.Enqueue(Item("a", "two", 1));
        queue.Enqueue(Item("a", "three", 1));
        Assert.Single(queue.TakeHungry());
        Assert.Empty(queue.TakeHungry());
    }

    [Fact]
    public void TakeHungry_WorkerSilentForLong_IsForgotten()
    {
        StageQueue queue = NewQueue();
        queue.Lease("gone", 1);
        _time.Advance(TimeSpan.FromSeconds(4));
        queue.Enqueue(Item("a", "one", 1));

        Assert.Empty(queue.TakeHungry());
    }

    [Fact]
    public void BacklogSeconds_SteadyRate_IsBacklogOverRate()
    {
        StageQueue queue = NewQueue();
        for (int i = 0; i < 30; i++)
        {
            queue.Enqueue(Item("a", $"j{i}", i));
        }

        for (int i = 0; i < 11; i++)
        {
            queue.Complete(Assert.Single(queue.Lease("w", 1)));
            _time.Advance(TimeSpan.FromSeconds(i < 10 ? 2 : 0));
        }

        Assert.Equal(19 / 0.5, queue.BacklogSeconds!.Value, 3);
    }

    [Fact]
    public void Lease_WhilePaused_GivesNothingAndWakesNobodyUntilResumed()
    {
        StageQueue queue = NewQueue();
        queue.Paused = true;
        queue.Enqueue(Item("a", "job", 1));

        Assert.Empty(queue.Lease("w", 1));
        Assert.Empty(queue.TakeHungry());
        Assert.Null(queue.PlaceOf(new("a", "job"))!.WaitMs);
        queue.Paused = false;
        Assert.Equal(["w"], queue.TakeHungry());
        Assert.Single(queue.Lease("w", 1));
    }

    [Fact]
    public void PlaceOf_SteadyRate_SaysHowLongItTakes()
    {
        StageQueue queue = NewQueue();
        for (int i = 0; i < 30; i++)
        {
            queue.Enqueue(Item("a", $"j{i:00}", i));
        }

        for (int i = 0; i < 11; i++)
        {
            WorkLease lease = Assert.Single(queue.Lease("w", 1));
            _time.Advance(TimeSpan.FromSeconds(2));
            queue.Complete(lease);
        }

        // One item in two seconds: eight are in front of the ninth.
        Assert.Equal(new QueuePlace(8, 16_000, 2000), queue.PlaceOf(new("a", "j19")));
    }

    private StageQueue NewQueue(int capacity = 100) => new(capacity, Life, TimeSpan.FromSeconds(3), TimeSpan.FromHours(1), _time);

    private static WorkItem Item(string tenant, string job, int age) =>
        new(new(new(tenant, job), 0), JobPriority.Normal, new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(age), 0);
}

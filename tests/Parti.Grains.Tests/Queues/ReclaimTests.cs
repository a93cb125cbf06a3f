using Microsoft.Extensions.Time.Testing;
using Parti.Abstractions;
using Parti.Grains.Queues;

namespace Parti.Grains.Tests.Queues;

/// <summary>What a queue takes back when a silo is declared dead.</summary>
public sealed class ReclaimTests
{
    private const string Silo = "one";
    private const string Worker = "one|cpu";
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Reclaim_DeadSilo_ItsItemWaitsAtOnceWithAHigherEpoch()
    {
        StageQueue queue = NewQueue("a");
        WorkLease lost = Assert.Single(queue.Lease(Worker, 1, generation: 5));

        Assert.Equal([lost], queue.Reclaim(Silo, 5));

        WorkLease next = Assert.Single(queue.Lease("two|cpu", 1, generation: 1));
        Assert.True(next.Item.Epoch > lost.Epoch);
        Assert.Equal([lost], queue.Renew([lost]));
    }

    [Theory]
    [InlineData("two|cpu", 5)]
    [InlineData("one-more|cpu", 5)]
    [InlineData("on|cpu", 5)]
    [InlineData(Worker, 6)]
    public void Reclaim_LeaseOfAnotherSiloOrALaterStart_Stays(string worker, int generation)
    {
        StageQueue queue = NewQueue("a");
        queue.Lease(worker, 1, generation);

        Assert.Empty(queue.Reclaim(Silo, 5));
        Assert.Equal(1, queue.Leased);
    }

    [Fact]
    public void Reclaim_LeaseThatItsWorkerRenewed_KnowsWhichStartHoldsIt()
    {
        StageQueue before = NewQueue("a");
        WorkLease lease = Assert.Single(before.Lease(Worker, 1, generation: 6));
        StageQueue after = NewQueue();
        Assert.Empty(after.Renew([lease with { Generation = 0 }]));
        Assert.Empty(after.Renew([lease]));

        Assert.Empty(after.Reclaim(Silo, 5));
        Assert.Equal([lease], after.Reclaim(Silo, 6));
    }

    [Fact]
    public void TakeHungry_WorkerOfADeadSilo_IsNotWokenInPlaceOfALivingOne()
    {
        StageQueue queue = NewQueue();
        queue.Lease("two|cpu", 1, generation: 1);
        queue.Lease(Worker, 1, generation: 5);
        queue.Reclaim(Silo, 5);
        queue.Enqueue(Item("a"));

        Assert.Equal(["two|cpu"], queue.TakeHungry());
    }

    private StageQueue NewQueue(params string[] jobs)
    {
        StageQueue queue = new(100, TimeSpan.FromHours(1), TimeSpan.FromHours(1), TimeSpan.FromHours(1), _time);
        foreach (string job in jobs)
        {
            queue.Enqueue(Item(job));
        }

        return queue;
    }

    private WorkItem Item(string job) => new(new(new("default", job), 0), JobPriority.Normal, _time.GetUtcNow(), 0);
}

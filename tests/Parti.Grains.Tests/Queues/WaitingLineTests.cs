using Microsoft.Extensions.Time.Testing;
using Parti.Abstractions;
using Parti.Grains.Queues;

namespace Parti.Grains.Tests.Queues;

public sealed class WaitingLineTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(10);
    private readonly FakeTimeProvider _time = new(Start);
    private readonly WaitingLine _line;

    public WaitingLineTests() => _line = new(Step, _time);

    [Fact]
    public void Take_Mixed_PriorityThenFairShareThenAge()
    {
        _line.Add(Item("a", "a1", age: 1));
        _line.Add(Item("a", "a2", age: 2));
        _line.Add(Item("a", "a3", age: 3));
        _line.Add(Item("b", "b1", age: 9));
        _line.Add(Item("b", "b2", age: 10));
        _line.Add(Item("c", "urgent", age: 99, priority: JobPriority.High));
        _line.Add(Item("a", "idle", age: 0, priority: JobPriority.Low));

        Assert.Equal(["urgent", "a1", "b1", "a2", "b2", "a3", "idle"], TakeAll());
    }

    [Fact]
    public void Take_TenantComesBehindAThousand_IsNext()
    {
        for (int i = 0; i < 1000; i++)
        {
            _line.Add(Item("many", $"m{i:0000}", age: i));
        }

        for (int i = 0; i < 100; i++)
        {
            _line.Take();
        }

        _line.Add(Item("few", "first", age: 2000));

        Assert.Equal(0, _line.PlaceOf(new("few", "first")));
        Assert.Equal("first", _line.Take()!.Key.Job.Id);
    }

    [Fact]
    public void Take_TenantComesAgainAndAgain_GetsItsShareAndNoMore()
    {
        for (int i = 0; i < 100; i++)
        {
            _line.Add(Item("many", $"m{i:000}", age: i));
        }

        List<string> taken = [];
        for (int i = 0; i < 20; i++)
        {
            if (!_line.Contains(new(new("few", "again"), 0)))
            {
                _line.Add(Item("few", "again", age: 200 + i));
            }

            taken.Add(_line.Take()!.Key.Job.Tenant);
        }

        Assert.Equal(10, taken.Count(tenant => tenant == "few"));
    }

    [Fact]
    public void Take_TenantComesLate_GetsItsShareButNoCredit()
    {
        for (int i = 0; i < 10; i++)
        {
            _line.Add(Item("early", $"e{i}", age: i));
        }

        for (int i = 0; i < 4; i++)
        {
            _line.Take();
        }

        for (int i = 0; i < 3; i++)
        {
            _line.Add(Item("late", $"l{i}", age: 100 + i));
        }

        Assert.Equal(["l0", "e4", "l1", "e5", "l2", "e6", "e7"], TakeAll().Take(7));
    }

    [Fact]
    public void Take_UrgentWorkWithoutEnd_LowPriorityStillGetsItsTurn()
    {
        _line.Add(Item("a", "low", age: 0, priority: JobPriority.Low));
        int urgent = 0;
        string taken = string.Empty;
        while (taken != "low" && urgent < 10_000)
        {
            _line.Add(Item("a", $"urgent{urgent++}", (int)(_time.GetUtcNow() - Start).TotalSeconds, JobPriority.High));
            taken = _line.Take()!.Key.Job.Id;
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        TimeSpan waited = _time.GetUtcNow() - Start;
        Assert.InRange(waited, 2 * Step, (2 * Step) + (Step / 4));
    }

    [Fact]
    public void PlaceOf_RandomLineOfOnePriority_IsWhatThenHappens()
    {
        int seed = Environment.TickCount;
        Random random = new(seed);
        for (int i = 0; i < 300; i++)
        {
            _line.Add(Item($"t{random.Next(5)}", $"j{i}", random.Next(100)));
            if (random.Next(3) == 0)
            {
                _line.Take();
            }
        }

        JobKey[] jobs = [.. Enumerable.Range(0, 5).SelectMany(tenant => Enumerable.Range(0, 300).Select(job => new JobKey($"t{tenant}", $"j{job}")))];
        Dictionary<JobKey, int> places = jobs.Where(job => _line.PlaceOf(job) is not null).ToDictionary(job => job, job => _line.PlaceOf(job)!.Value);
        int waiting = _line.Count;
        for (int turn = 0; _line.Take() is { } item; turn++)
        {
            Assert.True(places[item.Key.Job] == turn, $"seed {seed}: {item.Key} was taken at {turn}, not {places[item.Key.Job]}");
        }

        Assert.Equal(waiting, places.Count);
    }

    [Fact]
    public void PlaceOf_SeveralPriorities_CountsWhatIsMoreUrgent()
    {
        _line.Add(Item("a", "first", 1));
        _line.Add(Item("a", "second", 2));
        _line.Add(Item("b", "urgent", 3, JobPriority.High));

        Assert.Equal(0, _line.PlaceOf(new("b", "urgent")));
        Assert.Equal(2, _line.PlaceOf(new("a", "second")));
        Assert.Null(_line.PlaceOf(new("a", "third")));
    }

    [Fact]
    public void RemoveJob_SomeOfMany_LeavesTheOthersInOrder()
    {
        for (int i = 0; i < 5000; i++)
        {
            _line.Add(Item("a", $"j{i:0000}", age: i / 10));
        }

        for (int i = 0; i < 5000; i += 2)
        {
            _line.RemoveJob(new("a", $"j{i:0000}"));
        }

        Assert.Equal(2500, _line.Count);
        Assert.Equal(Enumerable.Range(0, 2500).Select(i => $"j{(2 * i) + 1:0000}"), TakeAll());
    }

    [Fact]
    public void Take_AHundredThousandOfManyTenants_LosesNone()
    {
        for (int i = 0; i < 100_000; i++)
        {
            _line.Add(Item($"t{i % 1000}", $"j{i}", age: i / 1000));
        }

        string[] taken = [.. TakeAll()];

        Assert.Equal(100_000, taken.Distinct().Count());
        Assert.Equal(0, _line.Count);
    }

    private static WorkItem Item(string tenant, string job, int age, JobPriority priority = JobPriority.Normal) =>
        new(new(new(tenant, job), 0), priority, Start.AddSeconds(age), 0);

    private IEnumerable<string> TakeAll()
    {
        while (_line.Take() is { } item)
        {
            yield return item.Key.Job.Id;
        }
    }
}

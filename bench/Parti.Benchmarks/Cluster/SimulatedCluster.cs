using System.Diagnostics;
using Parti.Abstractions;
using Parti.Grains.Queues;

namespace Parti.Benchmarks.Cluster;

/// <summary>What is simulated.</summary>
/// <param name="Workers">GPUs.</param>
/// <param name="Slots">Images that each samples at a time.</param>
/// <param name="Partitions">Partitions of every queue.</param>
/// <param name="Load">Work that arrives, as a share of what all slots can do.</param>
/// <param name="Duration">How long jobs arrive.</param>
sealed record SimulatedSize(int Workers, int Slots, int Partitions, double Load, TimeSpan Duration);

/// <summary>
/// The product's queues in virtual time, with workers that only wait: a text encoder's 15 ms, 1,024 tokens in 12 s a slot (the
/// paper's largest model, eight images a step), 60 ms of detokenizing on the same worker, 0.5 ms a message. Fifty tenants, a few of
/// them large; one of them submits a tenth of an hour's work at once.
/// </summary>
sealed class SimulatedCluster
{
    const int Tenants = 50;
    const int EncodeRoom = 4;
    static readonly TimeSpan Encode = TimeSpan.FromMilliseconds(15), Sample = TimeSpan.FromSeconds(12), Detokenize = TimeSpan.FromMilliseconds(60), Message = TimeSpan.FromMilliseconds(0.5);

    readonly SimulatedSize _size;
    readonly Random _random = new(1);
    readonly VirtualTime _time = new();
    readonly PriorityQueue<Action, (DateTimeOffset At, long Order)> _events = new();
    readonly StageQueue[] _encode;
    readonly StageQueue[] _sample;
    readonly Worker[] _workers;
    readonly Dictionary<JobKey, Arrival> _jobs = [];
    readonly Stopwatch _inQueues = new();
    long _order;
    TimeSpan _busy;

    public SimulatedCluster(SimulatedSize size)
    {
        _size = size;
        _encode = [.. Enumerable.Range(0, size.Partitions).Select(_ => NewQueue())];
        _sample = [.. Enumerable.Range(0, size.Partitions).Select(_ => NewQueue())];
        _workers = [.. Enumerable.Range(0, size.Workers).Select(i => new Worker(i, EncodeRoom, size.Slots))];
    }

    public List<(string Tenant, JobPriority Priority, double Seconds)> Waits { get; } = [];

    public int Images { get; private set; }

    public long Calls { get; private set; }

    public double MicrosecondsPerCall => _inQueues.Elapsed.TotalMicroseconds / Calls;

    public double Utilisation => _busy / (_size.Duration * _size.Workers * _size.Slots);

    public string Burster => "tenant-7";

    public double CallsPerSecond => Calls / _size.Duration.TotalSeconds;

    /// <summary>Runs it to the end of the arrivals.</summary>
    public void Run()
    {
        DateTimeOffset start = _time.GetUtcNow(), end = start + _size.Duration;
        foreach (Worker worker in _workers)
        {
            At(TimeSpan.FromMilliseconds(_random.NextDouble() * 100), () => PullAll(worker));
        }

        double perSecond = _size.Load * _size.Workers * _size.Slots / Sample.TotalSeconds / 2.5;
        ScheduleArrival(perSecond);
        At(_size.Duration / 3, () => Burst((int)(perSecond * 360 * 0.1)));
        while (_events.TryPeek(out _, out (DateTimeOffset At, long) next) && next.At < end)
        {
            Action action = _events.Dequeue();
            _time.Now = next.At;
            action();
        }
    }

    void ScheduleArrival(double perSecond) => At(TimeSpan.FromSeconds(-Math.Log(1 - _random.NextDouble()) / perSecond), () =>
    {
        // A few tenants send most: the n-th as often as 1/n.
        int tenant = (int)Math.Exp(_random.NextDouble() * Math.Log(Tenants + 1)) - 1;
        JobPriority priority = _random.Next(10) switch { 0 => JobPriority.High, 1 => JobPriority.Low, _ => JobPriority.Normal };
        Submit($"tenant-{tenant}", priority, _random.Next(1, 5));
        ScheduleArrival(perSecond);
    });

    void Burst(int jobs)
    {
        for (int i = 0; i < jobs; i++)
        {
            Submit(Burster, JobPriority.Normal, 4);
        }
    }

    void Submit(string tenant, JobPriority priority, int images)
    {
        JobKey job = new(tenant, $"j{_jobs.Count}");
        _jobs.Add(job, new(_time.GetUtcNow(), priority, images));
        Offer(_encode, new(new(job, WorkKey.Prompt), priority, _time.GetUtcNow(), 0));
    }

    void Offer(StageQueue[] queues, WorkItem item) => At(Message, () =>
    {
        int partition = QueuePartition.Of(item.Key.Job, _size.Partitions);
        Ask(() => queues[partition].Enqueue(item));
        foreach (string worker in Ask(queues[partition].TakeHungry))
        {
            Worker woken = _workers[int.Parse(worker, System.Globalization.CultureInfo.InvariantCulture)];
            At(Message, () => Pull(woken, queues, partition));
        }
    });

    void PullAll(Worker worker)
    {
        for (int partition = 0; partition < _size.Partitions; partition++)
        {
            Pull(worker, _encode, (partition + worker.Number) % _size.Partitions);
            Pull(worker, _sample, (partition + worker.Number) % _size.Partitions);
        }
    }

    void Pull(Worker worker, StageQueue[] queues, int partition)
    {
        int free = queues == _encode ? worker.FreeEncodes : worker.FreeSlots;
        if (free == 0)
        {
            return;
        }

        // Promised while asked for, as the worker does it.
        Take(worker, queues, free);
        At(Message, () =>
        {
            IReadOnlyList<WorkLease> leases = Ask(() => queues[partition].Lease(worker.Name, free));
            At(Message, () =>
            {
                Take(worker, queues, leases.Count - free);
                foreach (WorkLease lease in leases)
                {
                    Begin(worker, queues, partition, lease);
                }
            });
        });
    }

    void Begin(Worker worker, StageQueue[] queues, int partition, WorkLease lease)
    {
        JobKey job = lease.Item.Key.Job;
        bool encodes = queues == _encode;
        TimeSpan duration = encodes ? Encode : Sample;
        if (!encodes)
        {
            Waits.Add((job.Tenant, _jobs[job].Priority, (_time.GetUtcNow() - _jobs[job].At).TotalSeconds));
            TimeSpan left = _size.Duration - (_time.GetUtcNow() - VirtualTime.Start);
            _busy += left < duration ? left : duration;
        }

        At(duration + (2 * Message), () =>
        {
            Take(worker, queues, -1);
            for (int image = 0; encodes && image < _jobs[job].Images; image++)
            {
                Offer(_sample, lease.Item with { Key = new(job, image) });
            }

            Images += encodes ? 0 : 1;
            At((encodes ? TimeSpan.Zero : Detokenize) + Message, () => Ask(() => queues[partition].Complete(lease)));
            for (int i = 0; i < _size.Partitions; i++)
            {
                Pull(worker, queues, (partition + i) % _size.Partitions);
            }
        });
    }

    void Take(Worker worker, StageQueue[] queues, int change)
    {
        worker.FreeEncodes -= queues == _encode ? change : 0;
        worker.FreeSlots -= queues == _encode ? 0 : change;
    }

    T Ask<T>(Func<T> call)
    {
        Calls++;
        _inQueues.Start();
        T answer = call();
        _inQueues.Stop();
        return answer;
    }

    void Ask(Action call) => Ask(() =>
    {
        call();
        return true;
    });

    void At(TimeSpan delay, Action action) => _events.Enqueue(action, (_time.GetUtcNow() + delay, _order++));

    StageQueue NewQueue() => new(10_000_000, TimeSpan.FromHours(1), TimeSpan.FromHours(1), TimeSpan.FromMinutes(2), _time);

    sealed class Worker(int number, int encodes, int slots)
    {
        public int Number => number;

        public string Name { get; } = number.ToString(System.Globalization.CultureInfo.InvariantCulture);

        public int FreeEncodes { get; set; } = encodes;

        public int FreeSlots { get; set; } = slots;
    }

    sealed record Arrival(DateTimeOffset At, JobPriority Priority, int Images);

    sealed class VirtualTime : TimeProvider
    {
        public static DateTimeOffset Start { get; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public DateTimeOffset Now { get; set; } = Start;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => (Now - Start).Ticks;
    }
}

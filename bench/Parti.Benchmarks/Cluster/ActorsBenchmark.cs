using System.Diagnostics;
using Parti.Abstractions;
using Parti.Client;
using Parti.Testing.Engines;

namespace Parti.Benchmarks.Cluster;

/// <summary>What a picture costs beside its computing, in one process with durable state.</summary>
static class ActorsBenchmark
{
    const int WarmUp = 100;
    const int Slots = 16;
    static readonly TimeSpan Sample = TimeSpan.FromMilliseconds(400);

    /// <summary>Runs the tables.</summary>
    public static async Task RunAsync(Report report, int pictures, CancellationToken cancellationToken)
    {
        await IdleAsync(report, pictures, cancellationToken);
        await LoadedAsync(report, pictures, cancellationToken);
        await QueueAsync(report);
    }

    static async Task IdleAsync(Report report, int pictures, CancellationToken cancellationToken)
    {
        using BenchFolder folder = new();
        await using BenchSilo silo = await BenchSilo.StartAsync(new() { Folder = folder.Path, Engines = [new NoOpEngine(NoOpTimes.Zero)] });
        List<double> call = [], inside = [];
        TimeSpan processor = default;
        for (int i = -WarmUp; i < pictures; i++)
        {
            processor = i == 0 ? Environment.CpuUsage.TotalTime : processor;
            long from = Stopwatch.GetTimestamp();
            GenerationResult result = await silo.Client.GenerateAsync("idle", new() { Size = "native" }, cancellationToken);
            if (i >= 0)
            {
                call.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
                inside.Add((result.Job.CompletedAt - result.Job.CreatedAt)!.Value.TotalMilliseconds);
            }
        }

        double work = (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds / pictures;
        report.Add(new Table($"actors, idle: {pictures} pictures one after the other, stages that take no time, state and pictures in files", ["from", "p50 ms", "p90 ms", "p99 ms"])
            .Row("call to bytes", Percentile.Of(call, 50), Percentile.Of(call, 90), Percentile.Of(call, 99))
            .Row("accepted to stored", Percentile.Of(inside, 50), Percentile.Of(inside, 90), Percentile.Of(inside, 99))
            .Row("processor time a picture", $"{work:F2}", "", ""));
    }

    static async Task LoadedAsync(Report report, int pictures, CancellationToken cancellationToken)
    {
        using BenchFolder folder = new();
        NoOpEngine engine = new(new(TimeSpan.FromMilliseconds(5), Sample, TimeSpan.FromMilliseconds(10), TimeSpan.Zero), Slots);
        await using BenchSilo silo = await BenchSilo.StartAsync(new() { Folder = folder.Path, Engines = [engine] });
        await RunManyAsync(silo, Slots, cancellationToken);
        (long sampled, TimeSpan busy) = (engine.Sampled, engine.Busy);
        long from = Stopwatch.GetTimestamp();
        await RunManyAsync(silo, pictures, cancellationToken);
        double wall = Stopwatch.GetElapsedTime(from).TotalSeconds;

        // The last images leave slots empty that nobody waits for; what is lost there is not the actors'.
        double ideal = Math.Ceiling(pictures / (double)Slots) * Sample.TotalSeconds;
        report.Add(new Table($"actors, loaded: {pictures} pictures, {Slots} slots, {Sample.TotalMilliseconds} ms of sampling each", ["measured", "value"])
            .Row("wall time", $"{wall:F2} s")
            .Row("sampling alone, timers exact", $"{ideal:F2} s")
            .Row("sampling alone, timers as they were", $"{(engine.Busy - busy).TotalSeconds / Slots:F2} s")
            .Row("share of the wall time that is not sampling", $"{100 * (1 - ((engine.Busy - busy).TotalSeconds / Slots / wall)):F1} %")
            .Row("pictures", $"{engine.Sampled - sampled}"));
    }

    /// <summary>One grain works on one call at a time: how many of the commonest call it takes.</summary>
    static async Task QueueAsync(Report report)
    {
        const int callers = 64, calls = 2000;
        using BenchFolder folder = new();
        await using BenchSilo silo = await BenchSilo.StartAsync(new() { Folder = folder.Path, Engines = [new NoOpEngine(NoOpTimes.Zero)] });
        IStageQueueGrain queue = silo.Grains.GetGrain<IStageQueueGrain>(StageQueueKey.For("none", Stage.Sample));
        async Task Ask(int caller)
        {
            for (int i = 0; i < calls; i++)
            {
                await queue.LeaseAsync(new($"w{caller}|cpu", 1));
            }
        }

        await Task.WhenAll(Enumerable.Range(0, callers).Select(Ask));
        long from = Stopwatch.GetTimestamp();
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        await Task.WhenAll(Enumerable.Range(0, callers).Select(Ask));
        double seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
        double work = (Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / (callers * calls);
        report.Add(new Table($"actors, one queue: {callers} callers of the same silo ask for a lease", ["measured", "value"])
            .Row("calls", $"{callers * calls / seconds:F0} a second")
            .Row("processor time of a call, both ends", $"{work:F1} µs"));
    }

    static Task RunManyAsync(BenchSilo silo, int pictures, CancellationToken cancellationToken) => Task.WhenAll(
        Enumerable.Range(0, pictures).Select(_ => silo.Client.GenerateAsync("loaded", new() { Size = "native" }, cancellationToken)));
}

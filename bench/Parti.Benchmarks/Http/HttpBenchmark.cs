using System.Diagnostics;
using System.Globalization;
using Parti.Benchmarks.Cluster;

namespace Parti.Benchmarks.Http;

/// <summary>The HTTP interface under many clients: server and clients are a process each and share the machine's processors.</summary>
static class HttpBenchmark
{
    const int Everything = 1_000_000;
    const int SmallQueue = 16;

    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Measures looking at jobs under load, and refusing under overload.</summary>
    /// <param name="report">Where the tables go.</param>
    /// <param name="clients">Clients at the same time.</param>
    /// <param name="seconds">Length of each measurement in seconds; the clients come during a warm-up of half of it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task RunAsync(Report report, int clients, int seconds, CancellationToken cancellationToken)
    {
        TimeSpan duration = TimeSpan.FromSeconds(seconds);
        report.Add(await LookAsync("pictures of 4 s, looked at every 250 ms", clients, TimeSpan.FromSeconds(4), TimeSpan.FromMilliseconds(250), duration, cancellationToken));
        report.Add(await LookAsync("pictures of 400 ms, looked at every 100 ms", clients, TimeSpan.FromMilliseconds(400), Pause, duration, cancellationToken));
        report.Add(await LookAsync("pictures of 4 s, looked at without a pause", clients, TimeSpan.FromSeconds(4), TimeSpan.Zero, duration, cancellationToken));
        report.Add(await OverloadAsync(clients, duration, cancellationToken));
    }

    static async Task<Table> LookAsync(string what, int clients, TimeSpan job, TimeSpan pause, TimeSpan duration, CancellationToken cancellationToken)
    {
        using BenchFolder folder = new();
        await using HttpServer server = await HttpServer.StartAsync(folder.Path, job, clients, Everything, cancellationToken);
        return await MeasureAsync($"http: {clients} clients, {what}", server, clients, duration, measured => measured.LookAsync, pause, cancellationToken);
    }

    static async Task<Table> OverloadAsync(int clients, TimeSpan duration, CancellationToken cancellationToken)
    {
        using BenchFolder folder = new();
        await using HttpServer server = await HttpServer.StartAsync(folder.Path, TimeSpan.FromHours(1), slots: 4, SmallQueue, cancellationToken);
        return await MeasureAsync($"http: {clients} clients that submit every {Pause.TotalMilliseconds:F0} ms to a full queue", server, clients, duration, measured => measured.SubmitAsync, Pause, cancellationToken);
    }

    static async Task<Table> MeasureAsync(
        string title, HttpServer server, int clients, TimeSpan duration, Func<HttpClients, Func<TimeSpan, TimeSpan, TimeSpan, CancellationToken, Task>> work, TimeSpan pause, CancellationToken cancellationToken)
    {
        using HttpClients measured = new(server.Url, clients);
        Task done = work(measured)(pause, duration / 2, duration * 3 / 2, cancellationToken);
        await Task.Delay(duration / 2, TimeProvider.System, cancellationToken);
        measured.Measure();
        (TimeSpan servers, TimeSpan own) = (server.ProcessorTime, Environment.CpuUsage.TotalTime);
        long from = Stopwatch.GetTimestamp();
        using Wakings wakings = new();
        await done;
        IReadOnlyCollection<double> late = wakings.Late;
        double seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
        double share = (server.ProcessorTime - servers).TotalSeconds / seconds;
        double clientShare = (Environment.CpuUsage.TotalTime - own).TotalSeconds / seconds;
        Table table = new(title, ["call", "count", "a second", "p50 ms", "p99 ms", "worst ms"]);
        Add(table, "GET /api/jobs/{id}", measured.Looks, seconds);
        Add(table, "POST /api/jobs: 202", measured.Submits, seconds);
        Add(table, "POST /api/jobs: 429", measured.Refusals, seconds);
        Add(table, "a sleeping thread wakes late by", late, seconds);
        return table
            .Row("calls or jobs lost", Text(measured.Lost.Count), "", "", "", "")
            .Row("processors that the server used", share.ToString("F2", CultureInfo.InvariantCulture), "", "", "", "")
            .Row("processors that the clients used", clientShare.ToString("F2", CultureInfo.InvariantCulture), "", "", "", "");
    }

    static void Add(Table table, string call, IReadOnlyCollection<double> times, double seconds)
    {
        if (times.Count > 0)
        {
            table.Row(call, Text(times.Count), Text(times.Count / seconds), Percentile.Of(times, 50), Percentile.Of(times, 99), Percentile.Of(times, 100));
        }
    }

    static string Text(double value) => value.ToString("F0", CultureInfo.InvariantCulture);
}

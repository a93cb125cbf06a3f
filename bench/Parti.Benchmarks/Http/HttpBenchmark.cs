using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Parti.Benchmarks.Cluster;
using Parti.Grains;
using Parti.Silo;
using Parti.Testing.Engines;

namespace Parti.Benchmarks.Http;

/// <summary>The web host under many clients, with a device that computes nothing; clients and server share the machine.</summary>
static class HttpBenchmark
{
    // The server offers the models it finds, so the device says that it is one of them.
    const string ShippedModel = "demo";
    const int ShippedSize = 64;

    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Measures looking at jobs under load, and refusing under overload.</summary>
    /// <param name="report">Where the tables go.</param>
    /// <param name="clients">Clients at the same time.</param>
    /// <param name="jobs">Jobs that each client makes, one after the other.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task RunAsync(Report report, int clients, int jobs, CancellationToken cancellationToken)
    {
        report.Add(await LookAsync(clients, jobs, cancellationToken));
        report.Add(await OverloadAsync(clients, cancellationToken));
    }

    /// <summary>Each client submits a job, looks at it until it ends, and takes the next one.</summary>
    static async Task<Table> LookAsync(int clients, int jobs, CancellationToken cancellationToken)
    {
        using BenchFolder folder = new();
        NoOpEngine engine = new(new(TimeSpan.Zero, TimeSpan.FromMilliseconds(400), TimeSpan.Zero, TimeSpan.Zero), slots: 64, model: ShippedModel, native: ShippedSize);
        await using PartiServer server = await StartAsync(folder, engine, new PartiGrainsOptions().QueueCapacity, cancellationToken);
        using HttpClient http = Connect(server);
        ConcurrentBag<double> submits = [], looks = [];
        int dropped = 0;
        long from = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(async _ =>
        {
            for (int job = 0; job < jobs; job++)
            {
                string? id = await SubmitAsync(http, submits, cancellationToken);
                string state = "queued";
                while (id is not null && state is "queued" or "running")
                {
                    await Task.Delay(Pause, cancellationToken);
                    long began = Stopwatch.GetTimestamp();
                    JsonNode? now = await http.GetFromJsonAsync<JsonNode>($"/api/jobs/{id}", cancellationToken);
                    looks.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                    state = (string)now!["state"]!;
                }

                Interlocked.Add(ref dropped, id is null || state != "succeeded" ? 1 : 0);
            }
        }));
        double seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
        return new Table($"http: {clients} clients, {jobs} jobs each, in one process with the server", ["call", "count", "a second", "p50 ms", "p99 ms"])
            .Row("GET /api/jobs/{id}", Text(looks.Count), Text(looks.Count / seconds), Percentile.Of(looks, 50), Percentile.Of(looks, 99))
            .Row("POST /api/jobs", Text(submits.Count), Text(submits.Count / seconds), Percentile.Of(submits, 50), Percentile.Of(submits, 99))
            .Row("jobs lost or failed", Text(dropped), "", "", "");
    }

    /// <summary>Every client submits to a full queue.</summary>
    static async Task<Table> OverloadAsync(int clients, CancellationToken cancellationToken)
    {
        using BenchFolder folder = new();
        NoOpEngine engine = new(new(TimeSpan.Zero, TimeSpan.FromHours(1), TimeSpan.Zero, TimeSpan.Zero), slots: 4, model: ShippedModel, native: ShippedSize);
        await using PartiServer server = await StartAsync(folder, engine, 16, cancellationToken);
        using HttpClient http = Connect(server);
        ConcurrentBag<double> taken = [], refused = [];
        await Task.WhenAll(Enumerable.Range(0, clients).Select(async _ =>
        {
            for (int i = 0; i < 10; i++)
            {
                long began = Stopwatch.GetTimestamp();
                using HttpResponseMessage answer = await PostAsync(http, cancellationToken);
                (answer.StatusCode == HttpStatusCode.TooManyRequests ? refused : taken).Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                await Task.Delay(Pause, cancellationToken);
            }
        }));
        return new Table($"http: {clients} clients against a queue of 16", ["answer", "count", "p50 ms", "p99 ms"])
            .Row("429", Text(refused.Count), Percentile.Of(refused, 50), Percentile.Of(refused, 99))
            .Row("202", Text(taken.Count), Percentile.Of(taken, 50), Percentile.Of(taken, 99));
    }

    static Task<PartiServer> StartAsync(BenchFolder folder, NoOpEngine engine, int capacity, CancellationToken cancellationToken) => PartiServer.StartAsync(
        new() { StateFolder = folder.Path, OpenEngine = (_, _) => engine },
        // All clients share this machine's address and so one caller's limits, which are not what is measured.
        [
            "--Parti:Http:Url=http://127.0.0.1:0", "--Parti:Http:Limits:RequestsPerMinute=1000000",
            "--Parti:Http:Limits:ConcurrentRequests=100000", $"--Parti:Http:Limits:PixelsPerMinute={long.MaxValue / 2}",
        ],
        builder => builder.Services.Configure<PartiGrainsOptions>(grains => grains.QueueCapacity = capacity),
        cancellationToken);

    static HttpClient Connect(PartiServer server) => new() { BaseAddress = server.Url, Timeout = TimeSpan.FromSeconds(60) };

    static async Task<string?> SubmitAsync(HttpClient http, ConcurrentBag<double> times, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        using HttpResponseMessage answer = await PostAsync(http, cancellationToken);
        times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        return answer.IsSuccessStatusCode ? (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken))!["id"] : null;
    }

    static async Task<HttpResponseMessage> PostAsync(HttpClient http, CancellationToken cancellationToken)
    {
        using StringContent body = new("""{"prompt":"a red circle","size":"native"}""", Encoding.UTF8, "application/json");
        return await http.PostAsync("/api/jobs", body, cancellationToken);
    }

    static string Text(double value) => value.ToString("F0", CultureInfo.InvariantCulture);
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Parti.Benchmarks.Http;

/// <summary>Many clients of one server at the same time. They take times and keep nothing else, as they share the processors with it.</summary>
sealed class HttpClients : IDisposable
{
    static readonly byte[] Body = """{"prompt":"a red circle","size":"native"}"""u8.ToArray();

    readonly HttpClient _http;
    readonly int _clients;
    volatile bool _measures;

    public HttpClients(Uri server, int clients)
    {
        // Longer than anything measured: a call that fails by it counts as lost.
        _http = new(new SocketsHttpHandler { UseCookies = false, UseProxy = false }) { BaseAddress = server, Timeout = TimeSpan.FromSeconds(60) };
        _clients = clients;
    }

    /// <summary>Milliseconds of each look at a job.</summary>
    public ConcurrentBag<double> Looks { get; } = [];

    /// <summary>Milliseconds of each submit that was accepted.</summary>
    public ConcurrentBag<double> Submits { get; } = [];

    /// <summary>Milliseconds of each submit that was refused with 429.</summary>
    public ConcurrentBag<double> Refusals { get; } = [];

    /// <summary>Calls that failed, and jobs that did not succeed.</summary>
    public ConcurrentBag<string> Lost { get; } = [];

    /// <summary>From here on times are taken; what went before was the warm-up.</summary>
    public void Measure() => _measures = true;

    /// <summary>Each client has a job under way, looks at it until it ends, and takes the next one.</summary>
    /// <param name="pause">Between looks.</param>
    /// <param name="arrival">The time over which the clients come, one after the other.</param>
    /// <param name="duration">When no client begins another job.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task LookAsync(TimeSpan pause, TimeSpan arrival, TimeSpan duration, CancellationToken cancellationToken) => EachAsync(arrival, duration, async () =>
    {
        string? id = await SubmitAsync(cancellationToken);
        string state = id is null ? "refused" : "queued";
        while (state is "queued" or "running")
        {
            await Task.Delay(pause, TimeProvider.System, cancellationToken);
            long began = Stopwatch.GetTimestamp();
            using HttpResponseMessage answer = await _http.GetAsync($"/api/jobs/{id}", cancellationToken);
            state = await TextAsync(answer, "state", cancellationToken);
            Take(Looks, began);
        }

        if (state != "succeeded")
        {
            Lost.Add(state);
        }
    });

    /// <summary>Each client submits one job after the other, whatever it is told.</summary>
    /// <param name="pause">Between submits.</param>
    /// <param name="arrival">The time over which the clients come, one after the other.</param>
    /// <param name="duration">When they stop.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task SubmitAsync(TimeSpan pause, TimeSpan arrival, TimeSpan duration, CancellationToken cancellationToken) => EachAsync(arrival, duration, async () =>
    {
        await SubmitAsync(cancellationToken);
        await Task.Delay(pause, TimeProvider.System, cancellationToken);
    });

    public void Dispose() => _http.Dispose();

    async Task EachAsync(TimeSpan arrival, TimeSpan duration, Func<Task> work)
    {
        long from = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, _clients).Select(async client =>
        {
            // Clients of the world are not in step.
            await Task.Delay(arrival * client / _clients, TimeProvider.System);
            while (Stopwatch.GetElapsedTime(from) < duration)
            {
                try
                {
                    await work();
                }
                catch (Exception error) when (error is HttpRequestException or TaskCanceledException or JsonException)
                {
                    Lost.Add(error.Message);
                }
            }
        }));
    }

    async Task<string?> SubmitAsync(CancellationToken cancellationToken)
    {
        using ByteArrayContent body = new(Body);
        body.Headers.ContentType = new("application/json");
        long began = Stopwatch.GetTimestamp();
        using HttpResponseMessage answer = await _http.PostAsync("/api/jobs", body, cancellationToken);
        if (answer.StatusCode == HttpStatusCode.TooManyRequests)
        {
            await answer.Content.LoadIntoBufferAsync(cancellationToken);
            Take(Refusals, began);
            return null;
        }

        string id = await TextAsync(answer, "id", cancellationToken);
        Take(Submits, began);
        return id;
    }

    void Take(ConcurrentBag<double> times, long began)
    {
        if (_measures)
        {
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
    }

    static async Task<string> TextAsync(HttpResponseMessage answer, string member, CancellationToken cancellationToken)
    {
        answer.EnsureSuccessStatusCode();
        using JsonDocument document = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancellationToken));
        return document.RootElement.GetProperty(member).GetString()!;
    }
}

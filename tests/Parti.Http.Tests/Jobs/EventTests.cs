using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Parti.Abstractions;
using Parti.Client;
using Parti.Grains;

namespace Parti.Http.Tests.Jobs;

/// <summary>Event streams of a server that reports every token; the test lets tokens come.</summary>
public sealed class EventTests : IAsyncLifetime, IDisposable
{
    private const int Cuts = 200;
    private const int Breaks = 60;
    private readonly SemaphoreSlim _tokens = new(0);
    private readonly TestServer _server = new()
    {
        Configure = builder => builder.Services.Configure<PartiGrainsOptions>(grains => (grains.CheckpointTokens, grains.CheckpointInterval) = (1, TimeSpan.Zero)),
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _server.Engine.Pace = _tokens.WaitAsync;
        return _server.InitializeAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    public void Dispose() => _tokens.Dispose();

    [Fact]
    public async Task Events_CutTwoHundredTimesAndResumed_AreSeenOnceAndInOrder()
    {
        int seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        Random random = new(seed);
        (_, JsonNode job) = await _server.Http.SendAsync(HttpMethod.Post, "/api/jobs", """{"prompt":"a red circle","n":8}""");
        Task<string> uncut = _server.Http.EventsAsync(job.Id());

        List<long> seen = [];
        for (int cut = 0; cut < Cuts; cut++)
        {
            await ReadSomeAsync(job.Id(), seen, random.Next(0, 6), random);
        }

        await ReadSomeAsync(job.Id(), seen, int.MaxValue, random);
        long[] all = Calls.Numbers(await uncut);

        Assert.True(all.Length > 100, $"Only {all.Length} events came, seed {seed}.");
        Assert.Equal(all, seen);
    }

    [Fact]
    public async Task Watch_ConnectionsThatBreakAgainAndAgain_YieldsEveryEventOnce()
    {
        int seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        using BreakingHandler breaking = new(new(seed), Breaks);
        using HttpPartiClient client = new(new() { Server = _server.Url, MaxTries = 20 }, handler: breaking);
        JobHandle job = await client.SubmitAsync(new() { Prompt = "a red circle", N = 8 }, cancellationToken: Token);
        Task<string> uncut = _server.Http.EventsAsync(job.Id);

        List<long> seen = [];
        _tokens.Release(8 * 64);
        await foreach (JobEvent next in job.WatchAsync(0, Token))
        {
            seen.Add(next.Seq);
        }

        Assert.Equal(Calls.Numbers(await uncut), seen);
        Assert.True(breaking.Broken > 20, $"Only {breaking.Broken} connections broke, seed {seed}.");
    }

    [Fact]
    public async Task Events_AfterTheTerminalOne_TellABrowserNotToComeBack()
    {
        _tokens.Release(64);
        JsonNode job = await _server.Http.MakeAsync("""{"prompt":"a red circle"}""");
        long last = Calls.Numbers(await _server.Http.EventsAsync(job.Id()))[^1];

        Assert.Equal(HttpStatusCode.NoContent, await StatusAsync(job.Id(), $"{last}"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(job.Id(), $"{last - 1}"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(job.Id(), "x"));
    }

    [Fact]
    public async Task Events_OfASilentJob_KeepTheConnectionAlive()
    {
        await using TestServer server = new() { Settings = ["--Parti:Http:KeepAliveInterval=00:00:01"] };
        server.Engine.Pace = _tokens.WaitAsync;
        await server.InitializeAsync();
        (_, JsonNode job) = await server.Http.SendAsync(HttpMethod.Post, "/api/jobs", """{"prompt":"a red circle"}""");

        using HttpResponseMessage answer = await server.Http.GetAsync($"/api/jobs/{job.Id()}/events", HttpCompletionOption.ResponseHeadersRead, Token);
        using StreamReader reader = new(await answer.Content.ReadAsStreamAsync(Token));
        string? line;
        do
        {
            line = await reader.ReadLineAsync(Token);
        }
        while (line is not null and not ": keep-alive");

        Assert.NotNull(line);
    }

    /// <summary>Reads some whole events after those seen, then drops the connection, perhaps in the middle of the next one.</summary>
    private async Task ReadSomeAsync(string id, List<long> seen, int most, Random random)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, $"/api/jobs/{id}/events");
        if (seen.Count > 0)
        {
            request.Headers.Add("Last-Event-ID", $"{seen[^1]}");
        }

        using HttpResponseMessage answer = await _server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        using StreamReader reader = new(await answer.Content.ReadAsStreamAsync(Token));
        long? number = null;
        for (int read = 0; read < most;)
        {
            // Each line read lets a token come, so that there is always something to wait for until the job ends.
            _tokens.Release();
            string? line = await reader.ReadLineAsync(Token);
            if (line is null)
            {
                return;
            }

            if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                number = Calls.Numbers(line)[0];
            }
            else if (line.Length == 0 && number is long whole)
            {
                seen.Add(whole);
                number = null;
                read++;
            }

            if (most != int.MaxValue && random.Next(12) == 0)
            {
                return;
            }
        }
    }

    private async Task<HttpStatusCode> StatusAsync(string id, string lastEventId)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, $"/api/jobs/{id}/events");
        request.Headers.Add("Last-Event-ID", lastEventId);
        using HttpResponseMessage answer = await _server.Http.SendAsync(request, Token);
        return answer.StatusCode;
    }
}

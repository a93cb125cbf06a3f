using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Parti.Grains;

namespace Parti.Http.Tests.Jobs;

/// <summary>What the engine of a server that stands still halfway is told.</summary>
public sealed class CommandTests : IAsyncLifetime
{
    // Every token is reported, so that a picture that stands still is known up to its last one.
    private readonly TestServer _server = new()
    {
        Configure = builder => builder.Services.Configure<PartiGrainsOptions>(grains => (grains.CheckpointTokens, grains.CheckpointInterval) = (1, TimeSpan.Zero)),
    };

    private readonly TaskCompletionSource _halfway = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ValueTask InitializeAsync()
    {
        _server.Engine.Halfway = () => _halfway.TrySetResult();
        return _server.InitializeAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Cancel_RunningJob_StopsItAndARetryFinishesIt()
    {
        string id = await StandingJobAsync();

        (HttpStatusCode canceled, JsonNode after) = await _server.Http.SendAsync(HttpMethod.Post, $"/api/jobs/{id}/cancel");
        (HttpStatusCode again, _) = await _server.Http.SendAsync(HttpMethod.Post, $"/api/jobs/{id}/cancel");
        string events = await _server.Http.EventsAsync(id);
        _server.Engine.Halfway = null;
        (HttpStatusCode retried, _) = await _server.Http.SendAsync(HttpMethod.Post, $"/api/jobs/{id}/retry");
        string more = await _server.Http.EventsAsync(id);
        (HttpStatusCode refused, JsonNode problem) = await _server.Http.SendAsync(HttpMethod.Post, $"/api/jobs/{id}/retry");

        Assert.Equal("canceled", after.State());
        Assert.EndsWith("event: canceled", events.TrimEnd().Split("\ndata:")[^2], StringComparison.Ordinal);
        Assert.Contains("event: succeeded", more, StringComparison.Ordinal);
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.Conflict], [canceled, again, retried, refused]);
        Assert.Equal("job_state", (string?)problem["code"]);
    }

    [Fact]
    public async Task Get_ImagesOfARunningJob_ShowThePictureSoFarOnly()
    {
        string id = await StandingJobAsync();

        (HttpStatusCode image, JsonNode problem) = await _server.Http.SendAsync(HttpMethod.Get, $"/api/jobs/{id}/images/0");
        (HttpStatusCode map, JsonNode noMap) = await _server.Http.SendAsync(HttpMethod.Get, $"/api/jobs/{id}/images/0/attention/red");
        using HttpResponseMessage preview = await PreviewAsync(id);
        using HttpRequestMessage repeat = new(HttpMethod.Get, $"/api/jobs/{id}/images/0/preview");
        repeat.Headers.IfNoneMatch.Add(preview.Headers.ETag!);
        using HttpResponseMessage again = await _server.Http.SendAsync(repeat, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, image);
        Assert.Equal("image_not_ready", (string?)problem["code"]);
        Assert.Equal((HttpStatusCode.NotFound, "image_not_ready"), (map, (string?)noMap["code"]));
        Assert.Equal("image/png", preview.Content.Headers.ContentType!.MediaType);
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
    }

    [Fact]
    public async Task Preview_EqualTokensForSeveralCallers_AreDrawnOnceUnderTheirNumber()
    {
        string id = await StandingJobAsync();
        using HttpResponseMessage first = await PreviewAsync(id);
        JsonNode job = await _server.Http.GetJsonAsync($"/api/jobs/{id}");

        HttpResponseMessage[] others = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _server.Http.GetAsync($"/api/jobs/{id}/images/0/preview", TestContext.Current.CancellationToken)));

        Assert.Equal(1, _server.Engine.Drawn);
        Assert.All(others, other => Assert.Equal(first.Headers.ETag, other.Headers.ETag));
        Assert.EndsWith($"-{job["images"]![0]!["tokens_done"]}\"", first.Headers.ETag!.Tag, StringComparison.Ordinal);
        Array.ForEach(others, other => other.Dispose());
    }

    [Fact]
    public async Task Delete_RunningJob_EndsItsEventsAndForgetsIt()
    {
        string id = await StandingJobAsync();
        using HttpResponseMessage events = await _server.Http.GetAsync($"/api/jobs/{id}/events", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

        (HttpStatusCode deleted, _) = await _server.Http.SendAsync(HttpMethod.Delete, $"/api/jobs/{id}");
        string seen = await events.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        (HttpStatusCode gone, _) = await _server.Http.SendAsync(HttpMethod.Get, $"/api/jobs/{id}");
        JsonNode list = await _server.Http.GetJsonAsync("/api/jobs");

        Assert.Equal([HttpStatusCode.NoContent, HttpStatusCode.NotFound], [deleted, gone]);
        Assert.Contains("event: queued", seen, StringComparison.Ordinal);
        Assert.Empty(list["jobs"]!.AsArray());
    }

    [Fact]
    public async Task Post_PreferWaitTooShort_AnswersWithTheJobAsItIs()
    {
        (HttpStatusCode status, JsonNode job) = await _server.Http.SendAsync(HttpMethod.Post, "/api/jobs", """{"prompt":"a red circle"}""", ("Prefer", "wait=0"));

        Assert.Equal(HttpStatusCode.Accepted, status);
        Assert.Contains(job.State(), new[] { "queued", "running" });
    }

    [Fact]
    public async Task Stop_JobHalfway_EndsTheStreamsAndTheNextServerFinishesIt()
    {
        string id = await StandingJobAsync();
        using HttpResponseMessage events = await _server.Http.GetAsync($"/api/jobs/{id}/events", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

        await _server.StopAsync();
        string before = await events.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        await using TestServer next = _server.Next();
        await next.InitializeAsync();
        string after = await next.Http.EventsAsync(id);

        Assert.Contains("event: started", before, StringComparison.Ordinal);
        Assert.DoesNotContain("event: succeeded", before, StringComparison.Ordinal);
        Assert.Contains("event: succeeded", after, StringComparison.Ordinal);
    }

    private async Task<string> StandingJobAsync()
    {
        (_, JsonNode job) = await _server.Http.SendAsync(HttpMethod.Post, "/api/jobs", """{"prompt":"a red circle"}""");
        await _halfway.Task.WaitAsync(TestContext.Current.CancellationToken);
        return job.Id();
    }

    /// <summary>The preview, once the tokens have come to the job.</summary>
    private async Task<HttpResponseMessage> PreviewAsync(string id)
    {
        using HttpResponseMessage stream = await _server.Http.GetAsync($"/api/jobs/{id}/events", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using StreamReader reader = new(await stream.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && line != "event: progress")
        {
            // Events before the first tokens.
        }

        HttpResponseMessage preview = await _server.Http.GetAsync($"/api/jobs/{id}/images/0/preview", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, preview.StatusCode);
        return preview;
    }
}

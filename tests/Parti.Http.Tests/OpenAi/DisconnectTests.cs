using System.Net;
using System.Text.Json;

namespace Parti.Http.Tests.OpenAi;

public sealed class DisconnectTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Body = """{"prompt":"a red circle","n":1}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Body)]
    [InlineData("""{"prompt":"a stream","stream":true}""")]
    public async Task Generate_ClientGoes_JobIsCanceledAndItsRetryGoesOn(string body)
    {
        int before = (await JobsAsync()).Length;
        using CancellationTokenSource gone = new();
        server.Engine.Halfway = gone.Cancel;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SendAsync(body, null, gone.Token));

        string id = (await JobsAsync())[0].GetProperty("id").GetString()!;
        string events = await server.Http.GetStringAsync($"/api/jobs/{id}/events", Token);
        Assert.Contains("event: canceled", events, StringComparison.Ordinal);

        server.Engine.Halfway = null;
        using HttpResponseMessage again = await SendAsync(body, ("X-Stainless-Retry-Count", "1"), Token);
        string text = await again.Content.ReadAsStringAsync(Token);

        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Contains("b64_json", text, StringComparison.Ordinal);
        Assert.Equal(id, Assert.Single(again.Headers.GetValues("x-parti-job-id")));
        Assert.Equal(before + 1, (await JobsAsync()).Length);
    }

    [Fact]
    public async Task Generate_AnsweredBefore_IsAnotherJob()
    {
        server.Engine.Halfway = null;
        using HttpResponseMessage first = await SendAsync(Body, null, Token), second = await SendAsync(Body, null, Token), retry = await SendAsync(Body, ("X-Stainless-Retry-Count", "1"), Token);

        string[] ids = [.. new[] { first, second, retry }.Select(answer => answer.Headers.GetValues("x-parti-job-id").Single())];
        Assert.Equal(3, ids.Distinct().Count());
    }

    [Fact]
    public async Task Generate_SameIdempotencyKey_IsOneJobAndAnotherBodyAConflict()
    {
        server.Engine.Halfway = null;
        (string, string) key = ("Idempotency-Key", "a key");
        using HttpResponseMessage first = await SendAsync(Body, key, Token), again = await SendAsync(Body, key, Token), other = await SendAsync("""{"prompt":"other"}""", key, Token);

        Assert.Equal(first.Headers.GetValues("x-parti-job-id"), again.Headers.GetValues("x-parti-job-id"));
        Assert.Equal(HttpStatusCode.Conflict, other.StatusCode);
        Assert.Equal("job_conflict", (await ErrorObject.CheckAsync(other, Token)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Generate_JobFails_IsAnErrorThatIsNotRetried()
    {
        using HttpResponseMessage answer = await SendAsync("""{"prompt":"fail"}""", null, Token);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal("false", Assert.Single(answer.Headers.GetValues("x-should-retry")));
        JsonElement error = await ErrorObject.CheckAsync(answer, Token);
        Assert.Equal(["model_unavailable", "server_error"], [error.GetProperty("code").GetString(), error.GetProperty("type").GetString()]);
    }

    [Fact]
    public async Task Stream_JobFails_EndsWithAnErrorEvent()
    {
        using HttpResponseMessage answer = await SendAsync("""{"prompt":"fail","stream":true}""", null, Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        string text = await answer.Content.ReadAsStringAsync(Token);
        Assert.StartsWith("event: error\ndata: {\"error\":{\"message\":", text, StringComparison.Ordinal);
        Assert.EndsWith("\"code\":\"model_unavailable\"}}\n\n", text, StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> SendAsync(string body, (string Name, string Value)? header, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/v1/images/generations") { Content = new StringContent(body, null, "application/json") };
        if (header is { } given)
        {
            request.Headers.Add(given.Name, given.Value);
        }

        return await server.Http.SendAsync(request, cancellationToken);
    }

    private async Task<JsonElement[]> JobsAsync()
    {
        using JsonDocument page = JsonDocument.Parse(await server.Http.GetStringAsync("/api/jobs?limit=1000", Token));
        return [.. page.RootElement.GetProperty("jobs").EnumerateArray().Select(job => job.Clone())];
    }
}

using System.Net;
using System.Text.Json.Nodes;

namespace Parti.Http.Tests.Security;

/// <summary>What a caller has under way is counted in images that are really made.</summary>
public sealed class ImageQuotaTests
{
    [Fact]
    public async Task Submit_CandidatesUnderWay_AreCountedUntilTheirJobEnds()
    {
        using SemaphoreSlim nothing = new(0);
        await using TestServer server = new() { Settings = ["--Parti:Http:Limits:ConcurrentImages=8"] };
        server.Engine.Pace = nothing.WaitAsync;
        await server.InitializeAsync();

        (HttpStatusCode first, _) = await PutAsync(server, "first", """{"prompt":"x","n":1,"best_of":6}""");
        (HttpStatusCode more, JsonNode refusal) = await PutAsync(server, "more", """{"prompt":"x","n":3}""");
        (HttpStatusCode openAi, JsonNode error) = await server.Http.SendAsync(HttpMethod.Post, "/v1/images/generations", """{"prompt":"x","n":1,"best_of":3}""");
        (HttpStatusCode same, _) = await PutAsync(server, "first", """{"prompt":"x","n":1,"best_of":6}""");
        (HttpStatusCode fits, _) = await PutAsync(server, "fits", """{"prompt":"x","n":2}""");
        await server.Http.SendAsync(HttpMethod.Post, "/api/jobs/first/cancel");
        HttpStatusCode later = await UntilTakenAsync(server, """{"prompt":"x","n":3,"best_of":6}""");

        Assert.Equal([HttpStatusCode.Accepted, HttpStatusCode.TooManyRequests, HttpStatusCode.TooManyRequests], [first, more, openAi]);
        Assert.Equal([HttpStatusCode.Accepted, HttpStatusCode.Accepted, HttpStatusCode.Accepted], [same, fits, later]);
        Assert.Equal("rate_limit_exceeded", (string?)refusal["code"]);
        Assert.Contains("More than 8 images under way", (string)refusal["detail"]!, StringComparison.Ordinal);
        Assert.Contains("More than 8 images under way", (string)error["error"]!["message"]!, StringComparison.Ordinal);
        server.Engine.Pace = null;
        nothing.Release(1000);
    }

    [Fact]
    public async Task Submit_MoreThanMayEverBe_NamesTheWayOutAndCostsNothing()
    {
        await using TestServer server = new() { Settings = ["--Parti:Http:Limits:ConcurrentImages=8", "--Parti:Http:Limits:PixelsPerMinute=65536"] };
        await server.InitializeAsync();

        (HttpStatusCode many, JsonNode refusal) = await PutAsync(server, "many", """{"prompt":"x","best_of":9,"size":"native"}""");
        (HttpStatusCode pixels, JsonNode large) = await PutAsync(server, "pixels", """{"prompt":"x","best_of":2,"size":"256"}""");
        (HttpStatusCode after, _) = await PutAsync(server, "after", """{"prompt":"x","best_of":8,"size":"native"}""");

        Assert.Equal([HttpStatusCode.BadRequest, HttpStatusCode.BadRequest, HttpStatusCode.Accepted], [many, pixels, after]);
        Assert.Contains("smaller n or best_of", (string)refusal["detail"]!, StringComparison.Ordinal);
        Assert.Contains("131072 pixels together", (string)large["detail"]!, StringComparison.Ordinal);
    }

    private static Task<(HttpStatusCode Status, JsonNode Body)> PutAsync(TestServer server, string id, string body) =>
        server.Http.SendAsync(HttpMethod.Put, $"/api/jobs/{id}", body);

    // Which jobs have ended is asked every 100 ms at most.
    private static async Task<HttpStatusCode> UntilTakenAsync(TestServer server, string body)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        HttpStatusCode status = HttpStatusCode.TooManyRequests;
        while (status == HttpStatusCode.TooManyRequests && !limit.IsCancellationRequested)
        {
            (status, _) = await PutAsync(server, "later", body);
        }

        return status;
    }
}

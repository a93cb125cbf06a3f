using System.Net;
using System.Text.Json.Nodes;

namespace Parti.Http.Tests.Cluster;

public sealed class ReferenceTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenApi_Document_HasEveryRouteInWireNames()
    {
        JsonNode document = await server.Http.GetJsonAsync("/openapi/v1.json");
        JsonObject paths = document["paths"]!.AsObject();

        Assert.All(
            ["/api/jobs", "/api/jobs/{id}", "/api/jobs/{id}/events", "/api/jobs/{id}/cancel", "/api/jobs/{id}/retry", "/api/jobs/{id}/images/{index}", "/api/jobs/{id}/images/{index}/preview", "/api/jobs/{id}/images/{index}/attention/{word}", "/api/workers", "/api/workers/{id}/drain", "/api/pools", "/health/ready"],
            path => Assert.True(paths.ContainsKey(path), path));
        Assert.NotNull(document["components"]!["schemas"]!["JobSnapshot"]!["properties"]!["queue_position"]);
    }

    [Fact]
    public async Task OpenApi_Document_ShowsImagesAndJobsBeforeTheRest()
    {
        JsonNode document = await server.Http.GetJsonAsync("/openapi/v1.json");

        Assert.Equal(["OpenAI", "Jobs", "Images", "Cluster", "Health"], document["tags"]!.AsArray().Select(tag => (string?)tag!["name"]));
    }

    [Fact]
    public async Task OpenApi_Document_AsksForABearerKey()
    {
        JsonNode document = await server.Http.GetJsonAsync("/openapi/v1.json");
        string scheme = document["security"]![0]!.AsObject().Single().Key;

        Assert.Equal("bearer", (string?)document["components"]!["securitySchemes"]![scheme]!["scheme"]);
    }

    [Fact]
    public async Task Root_Browser_IsShownTheReference()
    {
        using HttpResponseMessage answer = await server.Http.GetAsync("/", Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.StartsWith("/docs", answer.RequestMessage!.RequestUri!.AbsolutePath, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Docs_Page_LoadsNothingFromElsewhere()
    {
        string page = await server.Http.GetStringAsync("/docs/", Token);

        Assert.DoesNotContain("cdn.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"http", page, StringComparison.Ordinal);
        Assert.DoesNotContain("fonts.scalar", page, StringComparison.Ordinal);
        Assert.Contains("\"agent\":{\"disabled\":true}", page, StringComparison.Ordinal);
        Assert.Contains("\"showDeveloperTools\":\"never\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_RunningServer_IsPrometheusText()
    {
        await server.Http.MakeAsync("""{"prompt":"a red circle"}""");

        using HttpResponseMessage answer = await server.Http.GetAsync("/metrics", Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("# TYPE http_server_request_duration_seconds histogram", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }
}

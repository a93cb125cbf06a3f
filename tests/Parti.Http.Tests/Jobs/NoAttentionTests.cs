using System.Net;
using System.Text.Json.Nodes;

namespace Parti.Http.Tests.Jobs;

/// <summary>An engine that has no attention from image to text, as models that read their prompt as a prefix.</summary>
public sealed class NoAttentionTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task Get_ModelWithoutMaps_SaysSo()
    {
        JsonNode job = await server.Http.MakeAsync("""{"prompt":"a red circle"}""");

        (HttpStatusCode status, JsonNode problem) = await server.Http.SendAsync(HttpMethod.Get, $"{job["images"]![0]!["url"]}/attention/red");

        Assert.Equal((HttpStatusCode.NotFound, "attention_unsupported"), (status, (string?)problem["code"]));
        Assert.Contains("choose another model", (string)problem["detail"]!, StringComparison.Ordinal);
    }
}

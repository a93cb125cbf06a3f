using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Parti.Http.Tests;

public sealed class JobsTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Post_Prompt_IsAcceptedAndFinishes()
    {
        using HttpResponseMessage answer = await server.Http.PostAsync("/api/jobs", Json("""{"prompt":"a red circle","seed":7}"""), Token);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        string location = answer.Headers.Location!.ToString();
        JsonNode job = (await answer.Content.ReadFromJsonAsync<JsonNode>(Token))!;
        Assert.Equal(location, $"/api/jobs/{job["id"]}");
        string events = await server.Http.GetStringAsync($"{location}/events", Token);
        Assert.Contains("event: succeeded", events, StringComparison.Ordinal);
        JsonNode end = (await server.Http.GetFromJsonAsync<JsonNode>(location, Token))!;
        Assert.Equal("succeeded", (string?)end["state"]);
        Assert.Equal($"{location}/images/0", (string?)end["images"]![0]!["url"]);
    }

    private static StringContent Json(string body) => new(body, System.Text.Encoding.UTF8, "application/json");
}

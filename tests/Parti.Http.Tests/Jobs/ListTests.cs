using System.Text.Json.Nodes;

namespace Parti.Http.Tests.Jobs;

public sealed class ListTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task List_PagesWhileJobsComeAndGo_ShowsEveryOldJobOnceNewestFirst()
    {
        List<string> made = [];
        for (int i = 0; i < 7; i++)
        {
            made.Add((await server.Http.MakeAsync($$"""{"prompt":"picture {{i}}"}""")).Id());
        }

        JsonNode first = await server.Http.GetJsonAsync("/api/jobs?limit=3&state=succeeded&model=demo");
        await server.Http.MakeAsync("""{"prompt":"one more"}""");
        await server.Http.SendAsync(HttpMethod.Delete, $"/api/jobs/{made[4]}");
        JsonNode second = await server.Http.GetJsonAsync($"/api/jobs?limit=3&state=succeeded&cursor={first["next_cursor"]}");
        JsonNode third = await server.Http.GetJsonAsync($"/api/jobs?limit=3&state=succeeded&cursor={second["next_cursor"]}");

        Assert.Equal([made[6], made[5], made[4]], Ids(first));
        Assert.Equal([made[3], made[2], made[1]], Ids(second));
        Assert.Equal([made[0]], Ids(third));
        Assert.Null(third["next_cursor"]);
        Assert.Empty(Ids(await server.Http.GetJsonAsync("/api/jobs?model=other")));
        Assert.Empty(Ids(await server.Http.GetJsonAsync("/api/jobs?state=failed")));
    }

    private static string[] Ids(JsonNode page) => [.. page["jobs"]!.AsArray().Select(job => job!.Id())];
}

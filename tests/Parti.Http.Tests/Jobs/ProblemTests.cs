using System.Net;
using System.Text.Json.Nodes;

namespace Parti.Http.Tests.Jobs;

public sealed class ProblemTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "/api/nothing", "application/json", 404, "not_found", "/docs")]
    [InlineData("PATCH", "/api/jobs", "application/json", 405, "method_not_allowed", "Allow")]
    [InlineData("POST", "/api/jobs", "text/plain", 415, "bad_request", "application/json")]
    public async Task Request_RefusedBeforeARoute_HasACodeAndAWayOut(string method, string path, string type, int status, string code, string says)
    {
        using HttpRequestMessage request = new(new(method), path);
        request.Content = method == "GET" ? null : new StringContent("{}", null, type);

        using HttpResponseMessage answer = await server.Http.SendAsync(request, Token);

        JsonNode problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!;
        Assert.Equal((HttpStatusCode)status, answer.StatusCode);
        Assert.Equal(code, (string?)problem["code"]);
        Assert.Contains(says, (string?)problem["detail"], StringComparison.Ordinal);
    }
}

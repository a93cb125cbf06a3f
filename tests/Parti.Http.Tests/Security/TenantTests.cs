using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Parti.Http.Tests.Security;

/// <summary>Every route there is, asked for one tenant's job with the key of another, with a key that may only look, and with none.</summary>
public sealed class TenantTests(DemoServer server) : IClassFixture<DemoServer>
{
    private const string Secret = "a red circle to the left of a blue square";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryRoute_OtherTenant_NeitherShowsNorChangesTheJob()
    {
        string id = await MakeJobAsync();
        string before = await server.Http.GetStringAsync($"/api/jobs/{id}", Token);
        using HttpClient other = server.Client(DemoServer.OtherKey);

        foreach ((string method, string path) in Routes(id))
        {
            using HttpResponseMessage answer = await SendAsync(other, method, path);

            byte[] body = await answer.Content.ReadAsByteArrayAsync(Token);
            string text = System.Text.Encoding.UTF8.GetString(body);
            Assert.False(text.Contains(Secret, StringComparison.Ordinal), $"{method} {path} shows the prompt: {text}");
            Assert.False(path.Contains(id, StringComparison.Ordinal) && answer.IsSuccessStatusCode, $"{method} {path} was answered with {(int)answer.StatusCode}.");
            Assert.True((int)answer.StatusCode < 500, $"{method} {path}: {(int)answer.StatusCode}");
        }

        Assert.Equal(before, await server.Http.GetStringAsync($"/api/jobs/{id}", Token));
        Assert.NotEmpty(await server.Http.GetByteArrayAsync($"/api/jobs/{id}/images/0", Token));
        Assert.NotEmpty(await server.Http.GetByteArrayAsync($"/api/jobs/{id}/images/0/attention/red", Token));
        Assert.Contains(id, await server.Http.GetStringAsync("/api/jobs?limit=1000", Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryRoute_NoKey_IsClosedUnlessItSaysThatItIsOpen()
    {
        using HttpClient anyone = server.Client(null), wrong = server.Client("parti_wrong");
        int closed = 0;
        foreach ((string method, string path) in Routes("job", open: false))
        {
            using HttpResponseMessage without = await SendAsync(anyone, method, path), with = await SendAsync(wrong, method, path);

            Assert.True(without.StatusCode == HttpStatusCode.Unauthorized, $"{method} {path}: {(int)without.StatusCode}");
            Assert.Equal(HttpStatusCode.Unauthorized, with.StatusCode);
            Assert.Equal("Bearer", without.Headers.WwwAuthenticate.Single().Scheme);
            closed++;
        }

        Assert.InRange(closed, 10, int.MaxValue);
        foreach (string path in (string[])["/health/live", "/health/ready"])
        {
            using HttpResponseMessage open = await SendAsync(anyone, "GET", path);
            Assert.Equal(HttpStatusCode.OK, open.StatusCode);
        }
    }

    [Fact]
    public async Task EveryRoute_KeyThatMayOnlyLook_RefusesToAct()
    {
        using HttpClient reader = server.Client(DemoServer.ReadKey);
        foreach ((string method, string path) in Routes("job", open: false).Where(route => route.Method is not ("GET" or "HEAD")))
        {
            using HttpResponseMessage answer = await SendAsync(reader, method, path);
            Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{method} {path}: {(int)answer.StatusCode}");
        }

        using HttpResponseMessage drain = await SendAsync(server.Http, "POST", "/api/workers/none/drain");
        Assert.Equal(HttpStatusCode.Forbidden, drain.StatusCode);
        using HttpResponseMessage list = await SendAsync(reader, "GET", "/api/jobs");
        Assert.Equal(HttpStatusCode.OK, list.StatusCode);
    }

    private async Task<string> MakeJobAsync()
    {
        using HttpResponseMessage answer = await server.Http.PostAsync(
            "/v1/images/generations", new StringContent($$"""{"prompt":"{{Secret}}","size":"64x64","user":"someone"}""", null, "application/json"), Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer.Headers.GetValues("x-parti-job-id").Single();
    }

    /// <summary>Method and path of every route, parameters filled in so that they point at a job.</summary>
    private IEnumerable<(string Method, string Path)> Routes(string id, bool open = true) =>
        from source in server.Services.GetServices<EndpointDataSource>()
        from endpoint in source.Endpoints.OfType<RouteEndpoint>()
        where open || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null
        let path = "/" + Regex.Replace(endpoint.RoutePattern.RawText!.TrimStart('/'), @"\{([^}]*)\}", match => Value(match.Groups[1].Value, id))
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is { Count: > 0 } methods ? methods : ["GET", "POST"]
        where method != HttpMethods.Options
        select (method, path);

    private static string Value(string parameter, string id) => parameter.Split(':', '?', '=')[0].Trim('*') switch
    {
        "id" or "job" => id,
        "tenant" => "acme",
        "word" => "red",
        _ => "0",
    };

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string method, string path)
    {
        using HttpRequestMessage request = new(new(method), path);
        request.Content = method is "POST" or "PUT" ? new StringContent("{}", null, "application/json") : null;
        return await client.SendAsync(request, Token);
    }
}

using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parti.Silo.Http.Tenants;

namespace Parti.Http.Tests.Cluster;

/// <summary>Two tenants on one server: neither sees or touches the other's jobs, by whatever route.</summary>
public sealed class TenantTests : IAsyncLifetime
{
    private const string Header = "X-Test-Tenant";
    private readonly TestServer _server = new() { Configure = builder => builder.Services.AddSingleton<ITenantOf, HeaderTenant>() };

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task EveryJobRoute_AnotherTenantsJob_IsNotThere()
    {
        (_, JsonNode mine) = await _server.Http.SendAsync(HttpMethod.Post, "/api/jobs", """{"prompt":"a red circle"}""", (Header, "anna"), ("Prefer", "wait=30"));
        RouteEndpoint[] routes = [.. _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.RoutePattern.RawText!.StartsWith("/api/jobs/{id}", StringComparison.Ordinal))];
        int walked = 0;
        foreach (RouteEndpoint route in routes)
        {
            foreach (string method in route.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Where(method => method is not ("PUT" or "HEAD")))
            {
                string path = route.RoutePattern.RawText!.Replace("{id}", mine.Id(), StringComparison.Ordinal).Replace("{index}", "0", StringComparison.Ordinal);
                (HttpStatusCode status, _) = await _server.Http.SendAsync(new(method), path, headers: [(Header, "ben")]);
                Assert.True(status == HttpStatusCode.NotFound, $"{method} {path} answers {status} to another tenant.");
                walked++;
            }
        }

        Assert.True(walked >= 7, $"Only {walked} routes were walked.");
        (HttpStatusCode still, JsonNode job) = await _server.Http.SendAsync(HttpMethod.Get, $"/api/jobs/{mine.Id()}", headers: [(Header, "anna")]);
        Assert.Equal((HttpStatusCode.OK, "succeeded"), (still, job.State()));
    }

    [Fact]
    public async Task SameKeysAndIds_OfTwoTenants_AreTwoJobs()
    {
        (_, JsonNode anna) = await _server.Http.SendAsync(HttpMethod.Put, "/api/jobs/shared", """{"prompt":"of anna"}""", (Header, "anna"));
        (HttpStatusCode status, JsonNode ben) = await _server.Http.SendAsync(HttpMethod.Put, "/api/jobs/shared", """{"prompt":"of ben"}""", (Header, "ben"));
        (_, JsonNode list) = await _server.Http.SendAsync(HttpMethod.Get, "/api/jobs", headers: [(Header, "ben")]);

        Assert.Equal(HttpStatusCode.Accepted, status);
        Assert.Equal(("of anna", "of ben"), ((string?)anna["prompt"], (string?)ben["prompt"]));
        Assert.Equal("of ben", (string?)Assert.Single(list["jobs"]!.AsArray())!["prompt"]);
    }

    private sealed class HeaderTenant : ITenantOf
    {
        public string Get(HttpContext context) => context.Request.Headers[Header].ToString();
    }
}

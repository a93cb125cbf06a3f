using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Parti.Client;
using Parti.Silo.Http.Security;

namespace Parti.Http.Tests.Security;

public sealed class GuardTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void New_Keys_AreLongAndDiffer()
    {
        string first = ApiKey.New(), second = ApiKey.New();

        Assert.NotEqual(first, second);
        Assert.Matches("^parti_[A-Za-z0-9_-]{43}$", first);
        Assert.Matches("^[0-9a-f]{64}$", ApiKey.Hash(first));
    }

    [Fact]
    public void Find_Key_IsItsTenantAndNothingElse()
    {
        string key = ApiKey.New();
        Callers callers = Callers(options => options.ApiKeys.Add(new() { Sha256 = ApiKey.Hash(key).ToUpperInvariant(), Tenant = "acme", Scopes = "read" }));

        ClaimsIdentity caller = callers.Find(key)!;

        Assert.True(caller.HasClaim("tenant", "acme"));
        Assert.Equal(["read"], caller.FindAll("scope").Select(claim => claim.Value));
        Assert.Null(callers.Find(key + "x"));
        Assert.Null(callers.Find(ApiKey.Hash(key)));
        Assert.Null(callers.Anonymous(From("127.0.0.1")));
    }

    [Theory]
    [InlineData("127.0.0.1", "submit,read,admin")]
    [InlineData("10.1.2.3", "submit,read")]
    public void Anonymous_NoKeys_MayChangeTheClusterFromThisMachineOnly(string address, string scopes)
    {
        ClaimsIdentity caller = Callers(_ => { }).Anonymous(From(address))!;

        Assert.Equal(scopes, string.Join(',', caller.FindAll("scope").Select(claim => claim.Value)));
    }

    [Fact]
    public void Take_PixelsOfAMinute_ComeBackWithTime()
    {
        FakeTimeProvider time = new();
        PixelQuota quota = new(Callers(options => options.Limits.PixelsPerMinute = 600_000), time);
        quota.Take(From("10.0.0.1"), 600_000);

        QuotaExceededException empty = Assert.Throws<QuotaExceededException>(() => quota.Take(From("10.0.0.1"), 100_000));
        quota.Take(From("10.0.0.2"), 100_000);
        Assert.InRange(empty.RetryAfter.TotalSeconds, 10, 10.1);
        time.Advance(empty.RetryAfter);
        quota.Take(From("10.0.0.1"), 100_000);
        Assert.Contains("ask for fewer", Assert.Throws<InvalidRequestException>(() => quota.Take(From("10.0.0.1"), 600_001)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GiveBack_OrderThatCameToNothing_CanBeOrderedAgain()
    {
        PixelQuota quota = new(Callers(options => options.Limits.PixelsPerMinute = 600_000), new FakeTimeProvider());
        quota.Take(From("10.0.0.1"), 600_000);

        quota.GiveBack(From("10.0.0.1"), 600_000);
        quota.GiveBack(From("10.0.0.2"), 600_000);

        quota.Take(From("10.0.0.1"), 600_000);
        Assert.Throws<QuotaExceededException>(() => quota.Take(From("10.0.0.1"), 1));
    }

    [Theory]
    [InlineData("/v1/models", 200)]
    [InlineData("/api/jobs/none", 404)]
    [InlineData("/health/live", 200)]
    [InlineData("/nothing", 404)]
    public async Task Get_AnyPath_CarriesTheHeaders(string path, int status)
    {
        using HttpResponseMessage answer = await server.Http.GetAsync(path, Token);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.StartsWith("req_", answer.Headers.GetValues("x-request-id").Single(), StringComparison.Ordinal);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("DENY", answer.Headers.GetValues("X-Frame-Options").Single());
        Assert.Contains("frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Empty(answer.Headers.Server);
    }

    [Fact]
    public async Task Get_AnyKeyWhereNoneIsSet_IsLetIn()
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/v1/models") { Headers = { Authorization = new("Bearer", "sk-anything") } };
        using HttpResponseMessage answer = await server.Http.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static Callers Callers(Action<HttpSecurityOptions> configure)
    {
        HttpSecurityOptions options = new();
        configure(options);
        return new(Options.Create(options));
    }

    private static DefaultHttpContext From(string address) => new() { Connection = { RemoteIpAddress = IPAddress.Parse(address) } };
}

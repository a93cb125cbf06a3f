using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Parti.Silo;
using Parti.Silo.Http.Security;

namespace Parti.Http.Tests;

/// <summary>The real web host with the real engine on the shipped model, on a free port, closed to callers without a key.</summary>
public sealed class DemoServer : IAsyncLifetime
{
    /// <summary>May read and submit.</summary>
    internal static readonly string Key = ApiKey.New();

    /// <summary>Of another tenant; may do everything.</summary>
    internal static readonly string OtherKey = ApiKey.New();

    /// <summary>May only look.</summary>
    internal static readonly string ReadKey = ApiKey.New();

    /// <summary>May ask once a minute.</summary>
    internal static readonly string SlowKey = ApiKey.New();

    /// <summary>May ask one thing at a time.</summary>
    internal static readonly string SingleKey = ApiKey.New();

    private readonly string _folder = Directory.CreateTempSubdirectory("parti-http-").FullName;
    private PartiServer? _server;

    internal Uri Url => _server!.Url;

    internal IServiceProvider Services => _server!.Services;

    internal CollectedLog Log { get; } = new();

    /// <summary>Talks to the server with <see cref="Key"/>.</summary>
    internal HttpClient Http { get; private set; } = new();

    public async ValueTask InitializeAsync()
    {
        _server = await PartiServer.StartAsync(
            new() { StateFolder = _folder, OpenEngine = ProductEngine.Open, Logging = logging => logging.AddProvider(Log) },
            ["--Parti:Http:Url=http://127.0.0.1:0", .. Keys()],
            cancellationToken: TestContext.Current.CancellationToken);
        Http = Client(Key);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
        Directory.Delete(_folder, recursive: true);
    }

    internal HttpClient Client(string? key)
    {
        HttpClient client = new() { BaseAddress = Url };
        client.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>A finished job of the caller's, made once.</summary>
    internal async Task<string> KnownJobAsync(HttpClient caller)
    {
        using HttpRequestMessage request = new(HttpMethod.Put, "/api/jobs/known") { Content = Calls.Json("""{"prompt":"a red circle","size":"native"}"""), Headers = { { "Prefer", "wait=30" } } };
        using HttpResponseMessage answer = await caller.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
        return "known";
    }

    private static IEnumerable<string> Keys()
    {
        (string Key, string Tenant, string Scopes)[] keys =
            [(Key, "acme", "submit,read"), (OtherKey, "other", "submit,read,admin"), (ReadKey, "acme", "read"), (SlowKey, "acme", "read"), (SingleKey, "single", "submit,read")];
        for (int i = 0; i < keys.Length; i++)
        {
            yield return $"--Parti:Http:ApiKeys:{i}:Sha256={ApiKey.Hash(keys[i].Key)}";
            yield return $"--Parti:Http:ApiKeys:{i}:Tenant={keys[i].Tenant}";
            yield return $"--Parti:Http:ApiKeys:{i}:Scopes={keys[i].Scopes}";
        }

        yield return "--Parti:Http:Limits:RequestsPerMinute=1000000";
        yield return "--Parti:Http:ApiKeys:3:Limits:RequestsPerMinute=1";
        yield return "--Parti:Http:ApiKeys:4:Limits:ConcurrentRequests=1";
    }
}

using System.Net;
using System.Text.Json;

namespace Parti.Http.Tests.OpenAi;

/// <summary>Requests that no honest client sends: none may end in a 5xx, cost memory, or be logged with a stack.</summary>
[Collection(nameof(FuzzTests))]
public sealed class FuzzTests(DemoServer server, ITestOutputHelper output) : IClassFixture<DemoServer>
{
    private const int Requests = 2000;
    private const int AtOnce = 4;
    private const long MostGrowth = 100L << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/v1/images/generations")]
    [InlineData("/v1/images/edits")]
    [InlineData("/v1/images/variations")]
    [InlineData("/api/jobs")]
    [InlineData("/api/jobs/fuzzed")]
    public async Task Submit_Malformed_IsRefusedAndTheServerStaysWell(string path)
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        RequestFuzzer fuzzer = new(random, withPictures: path is "/v1/images/edits" or "/v1/images/variations");
        await SendAsync(path, fuzzer, 50);
        long before = Resident();

        SortedDictionary<int, int> statuses = await SendAsync(path, fuzzer, Requests);

        output.WriteLine($"{string.Join(", ", statuses)}; {(Resident() - before) >> 20} MiB more");
        Assert.All(statuses.Keys, status => Assert.InRange(status, 400, 499));
        await CheckHealthAsync(before);
    }

    [Theory]
    [InlineData("GET", "/api/jobs")]
    [InlineData("GET", "/api/jobs/{id}")]
    [InlineData("DELETE", "/api/jobs/{id}")]
    [InlineData("GET", "/api/jobs/{id}/events")]
    [InlineData("POST", "/api/jobs/{id}/cancel")]
    [InlineData("POST", "/api/jobs/{id}/retry")]
    [InlineData("GET", "/api/jobs/{known}/images/{index}")]
    [InlineData("GET", "/api/jobs/{known}/images/{index}/preview")]
    [InlineData("GET", "/api/jobs/{known}/images/0/attention/{word}")]
    [InlineData("GET", "/api/workers")]
    [InlineData("POST", "/api/workers/{id}/drain")]
    [InlineData("GET", "/api/pools")]
    [InlineData("POST", "/api/pools/{id}/{id}/pause")]
    [InlineData("POST", "/api/pools/{id}/{id}/resume")]
    [InlineData("GET", "/v1/models/{id}")]
    [InlineData("GET", "/v1/images/results/{id}/{id}/{index}")]
    public async Task Send_MalformedPathQueryOrHeader_IsRefusedAndTheServerStaysWell(string method, string route)
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        using HttpClient admin = server.Client(DemoServer.OtherKey);
        string known = await server.KnownJobAsync(admin);
        TargetFuzzer fuzzer = new(new Random(seed), server.Url, method, route, known);
        long before = Resident();
        SortedDictionary<int, int> statuses = [];
        for (int sent = 0; sent < Requests; sent += AtOnce)
        {
            int[] answers = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => SendAsync(admin, fuzzer.Next())));
            Array.ForEach(answers, status => statuses[status] = statuses.GetValueOrDefault(status) + 1);
        }

        output.WriteLine($"{string.Join(", ", statuses)}; {(Resident() - before) >> 20} MiB more");
        await CheckHealthAsync(before);
    }

    [Theory]
    [InlineData("GET", "/v1/models/..%2f..%2fetc%2fpasswd")]
    [InlineData("GET", "/v1/images/results/acme/x/0?expires=99999999999&signature=x")]
    [InlineData("GET", "/v1/images/results/ACME/..%2f/0?expires=99999999999&signature=x")]
    [InlineData("GET", "/v1/images/generations")]
    [InlineData("PUT", "/v1/images/generations")]
    [InlineData("POST", "/v1/nothing")]
    [InlineData("DELETE", "/v1/models/demo")]
    public async Task Send_UnknownThing_IsAnErrorObject(string method, string path)
    {
        using HttpRequestMessage request = new(new(method), path);
        using HttpResponseMessage answer = await server.Http.SendAsync(request, Token);

        Assert.InRange((int)answer.StatusCode, 400, 499);
        await ErrorObject.CheckAsync(answer, Token);
    }

    private async Task CheckHealthAsync(long before)
    {
        Assert.InRange(Resident() - before, long.MinValue, MostGrowth);
        Assert.DoesNotContain(server.Log.Lines, line => line.Contains("   at ", StringComparison.Ordinal));
        using HttpResponseMessage after = await server.Http.GetAsync("/v1/models", Token);
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    private static async Task<int> SendAsync(HttpClient client, HttpRequestMessage request)
    {
        using (request)
        {
            using HttpResponseMessage answer = await client.SendAsync(request, Token);
            string body = await answer.Content.ReadAsStringAsync(Token);
            Assert.True((int)answer.StatusCode is >= 400 and < 500, $"{request.Method} {request.RequestUri}: {(int)answer.StatusCode} {body}");

            // What is no HTTP at all is refused before any route, with no more than a status.
            if (body.Length > 0)
            {
                using JsonDocument problem = JsonDocument.Parse(body);
                bool isOpenAi = problem.RootElement.TryGetProperty("error", out JsonElement error);
                Assert.NotEmpty(isOpenAi ? error.GetProperty("message").GetString()! : problem.RootElement.GetProperty("code").GetString()!);
            }

            return (int)answer.StatusCode;
        }
    }

    private async Task<SortedDictionary<int, int>> SendAsync(string path, RequestFuzzer fuzzer, int count)
    {
        SortedDictionary<int, int> statuses = [];
        for (int sent = 0; sent < count; sent += AtOnce)
        {
            (string Case, HttpContent Content)[] batch = [.. Enumerable.Range(0, AtOnce).Select(_ => fuzzer.Next())];
            int[] answers = await Task.WhenAll(batch.Select(request => SendAsync(path, request.Case, request.Content)));
            foreach (int status in answers)
            {
                statuses[status] = statuses.GetValueOrDefault(status) + 1;
            }
        }

        return statuses;
    }

    private async Task<int> SendAsync(string path, string name, HttpContent content)
    {
        using HttpRequestMessage request = new(path == "/api/jobs/fuzzed" ? HttpMethod.Put : HttpMethod.Post, path) { Content = content };
        using HttpResponseMessage answer = await server.Http.SendAsync(request, Token);
        content.Dispose();
        Assert.True((int)answer.StatusCode is >= 400 and < 500, $"{name}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Token)}");
        if (path.StartsWith("/v1/", StringComparison.Ordinal))
        {
            await ErrorObject.CheckAsync(answer, Token);
        }
        else
        {
            using JsonDocument problem = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(Token));
            Assert.Equal((int)answer.StatusCode, problem.RootElement.GetProperty("status").GetInt32());
            Assert.NotEmpty(problem.RootElement.GetProperty("code").GetString()!);
        }
        return (int)answer.StatusCode;
    }

    // What the process holds: the server runs in it.
    private static long Resident()
    {
        GC.Collect();
        using System.Diagnostics.Process self = System.Diagnostics.Process.GetCurrentProcess();
        return self.WorkingSet64;
    }
}

/// <summary>Alone: what a process holds is everybody's in it.</summary>
[CollectionDefinition(nameof(FuzzTests), DisableParallelization = true)]
public sealed class FuzzCollection;

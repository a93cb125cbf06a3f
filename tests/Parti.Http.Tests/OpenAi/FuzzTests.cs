using System.Net;
using System.Text.Json;

namespace Parti.Http.Tests.OpenAi;

/// <summary>Requests that no honest client sends: none may end in a 5xx, cost memory, or be logged with a stack.</summary>
public sealed class FuzzTests(DemoServer server, ITestOutputHelper output) : IClassFixture<DemoServer>
{
    private const int Requests = 2000;
    private const int AtOnce = 4;
    private const long MostGrowth = 200L << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/v1/images/generations")]
    [InlineData("/v1/images/edits")]
    [InlineData("/v1/images/variations")]
    [InlineData("/api/jobs")]
    public async Task Post_Malformed_IsRefusedAndTheServerStaysWell(string path)
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        RequestFuzzer fuzzer = new(random, withPictures: path is "/v1/images/edits" or "/v1/images/variations");
        await SendAsync(path, fuzzer, 50);
        long before = Resident();

        SortedDictionary<int, int> statuses = await SendAsync(path, fuzzer, Requests);

        long growth = Resident() - before;
        output.WriteLine($"{string.Join(", ", statuses)}; {growth >> 20} MiB more");
        Assert.All(statuses.Keys, status => Assert.InRange(status, 400, 499));
        Assert.InRange(growth, long.MinValue, MostGrowth);
        Assert.DoesNotContain(server.Log.Lines, line => line.Contains("   at ", StringComparison.Ordinal));
        using HttpResponseMessage after = await server.Http.GetAsync("/v1/models", Token);
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
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
        using HttpResponseMessage answer = await server.Http.PostAsync(path, content, Token);
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

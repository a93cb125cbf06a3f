using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Parti.Client;
using Parti.Grains;
using Parti.Grains.Jobs;
using Parti.Silo.Http.Security;

namespace Parti.Http.Tests.Security;

public sealed class FullQueueTests
{
    private const string Body = """{"prompt":"a red circle","n":4}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Check_RefusedAMomentAgo_RefusesAsManyOrMoreForAWhile()
    {
        FakeTimeProvider time = new();
        FullQueues full = new(time);
        full.Note("demo", 1, 4, TimeSpan.FromSeconds(3));

        full.Check("demo", 1, 3);
        full.Check("demo", 0, 4);
        full.Check("other", 1, 4);
        Assert.Equal(TimeSpan.FromSeconds(3), Assert.Throws<PartiBusyException>(() => full.Check("demo", 1, 4)).RetryAfter);
        time.Advance(FullQueues.Window);
        full.Check("demo", 1, 9);
    }

    [Fact]
    public async Task Post_FullQueue_IsRefusedWhereverItIsAskedAndLeavesNoGrain()
    {
        using SemaphoreSlim nothing = new(0);
        await using TestServer server = await StartAsync(nothing);
        (_, JsonNode first) = await SubmitAsync(server, "/api/jobs/kept");
        await FillAsync(server);
        int before = await JobGrainsAsync(server);

        HttpStatusCode[] refused = await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
            (i % 2 == 0 ? await SubmitAsync(server, $"/api/jobs/refused-{i}") : await server.Http.SendAsync(HttpMethod.Post, "/api/jobs", Body)).Status));
        (HttpStatusCode again, JsonNode same) = await SubmitAsync(server, "/api/jobs/kept");
        (HttpStatusCode openAi, JsonNode error) = await server.Http.SendAsync(HttpMethod.Post, "/v1/images/generations", Body);

        Assert.All(refused, status => Assert.Equal(HttpStatusCode.TooManyRequests, status));
        Assert.Equal((HttpStatusCode.Accepted, first.Id()), (again, same.Id()));
        Assert.Equal((HttpStatusCode.TooManyRequests, "overloaded"), (openAi, (string?)error["error"]!["code"]));
        await LeftAsync(server, before);
    }

    [Fact]
    public async Task Get_UnknownJobs_LeaveNoGrain()
    {
        await using TestServer server = new();
        await server.InitializeAsync();

        for (int i = 0; i < 20; i++)
        {
            (HttpStatusCode status, _) = await server.Http.SendAsync(HttpMethod.Get, $"/api/jobs/unknown-{i}");
            Assert.Equal(HttpStatusCode.NotFound, status);
        }

        await LeftAsync(server, 0);
    }

    private static async Task<TestServer> StartAsync(SemaphoreSlim pace)
    {
        TestServer server = new() { Configure = builder => builder.Services.Configure<PartiGrainsOptions>(grains => grains.QueueCapacity = 4) };
        server.Engine.Pace = pace.WaitAsync;
        await server.InitializeAsync();
        return server;
    }

    private static async Task FillAsync(TestServer server)
    {
        HttpStatusCode status = HttpStatusCode.Accepted;
        for (int i = 0; i < 32 && status == HttpStatusCode.Accepted; i++)
        {
            (status, _) = await SubmitAsync(server, $"/api/jobs/filling-{i}");
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, status);
    }

    private static Task<(HttpStatusCode Status, JsonNode Body)> SubmitAsync(TestServer server, string path) => server.Http.SendAsync(HttpMethod.Put, path, Body);

    /// <summary>Grains leave by themselves, at once but not at a moment that can be awaited.</summary>
    private static async Task LeftAsync(TestServer server, int most)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (await JobGrainsAsync(server) > most)
        {
            Assert.False(limit.IsCancellationRequested, "Grains of jobs that are not there stay.");
        }
    }

    private static async Task<int> JobGrainsAsync(TestServer server)
    {
        IManagementGrain management = server.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0);
        return (await management.GetSimpleGrainStatistics()).Where(grain => grain.GrainType.Contains(nameof(JobGrain), StringComparison.Ordinal)).Sum(grain => grain.ActivationCount);
    }
}

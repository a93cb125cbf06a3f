using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Parti.Abstractions;
using Parti.Client;

namespace Parti.Http.Tests;

public sealed class HealthTests(TestServer server) : IClassFixture<TestServer>
{
    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/startup")]
    [InlineData("/health/ready")]
    public async Task Get_RunningSilo_IsOk(string path)
    {
        using HttpResponseMessage answer = await server.Http.GetAsync(path, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Drain_EveryDevice_IsNotReadyAndAlive()
    {
        await using TestServer draining = new();
        await draining.InitializeAsync();
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        using HttpPartiClient client = new(new() { Server = draining.Url });
        foreach (WorkerSnapshot worker in await client.ListWorkersAsync(cancellationToken))
        {
            await client.DrainWorkerAsync(worker.Id, cancellationToken);
        }

        using HttpResponseMessage ready = await draining.Http.GetAsync("/health/ready", cancellationToken), live = await draining.Http.GetAsync("/health/live", cancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("drained", await ready.Content.ReadAsStringAsync(cancellationToken), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
    }

    [Fact]
    public async Task Stop_AndOnceMoreByDisposing_DrainsOnce()
    {
        CollectedLog log = new();
        await using TestServer stopping = new() { Configure = builder => builder.Logging.AddProvider(log) };
        await stopping.InitializeAsync();

        await stopping.Services.GetRequiredService<IHost>().StopAsync(TestContext.Current.CancellationToken);
        await stopping.StopAsync();

        Assert.DoesNotContain(log.Lines, line => line.Contains("could not be drained", StringComparison.Ordinal));
    }
}

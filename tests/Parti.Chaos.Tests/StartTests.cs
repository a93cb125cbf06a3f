using Microsoft.Extensions.Configuration;
using Parti.Silo;
using Parti.Silo.Composition;
using Parti.Testing;

namespace Parti.Chaos.Tests;

/// <summary>What a silo says of settings that it cannot start with.</summary>
public sealed class StartTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Roles", "gateway,cook", "Parti:Roles is cook; allowed: gateway, control, worker.")]
    [InlineData("Cluster:Kind", "zookeeper", "Parti:Cluster:Kind is zookeeper; allowed: localhost, redis, postgres.")]
    [InlineData("Cluster:Kind", "1", "Parti:Cluster:Kind is 1; allowed: localhost, redis, postgres.")]
    [InlineData("Cluster:Kind", "redis", "Parti:Cluster:ConnectionString is missing; allowed: where Redis is, such as localhost:6379.")]
    [InlineData("Cluster:SiloPort", "70000", "Parti:Cluster:SiloPort is 70000; allowed: 0 to 65535.")]
    [InlineData("Cluster:SiloName", "a|b", "Parti:Cluster:SiloName is a|b; allowed: 1 to 100 letters, digits, dashes, dots and underscores.")]
    [InlineData("Cluster:AdvertisedAddress", "0.0.0.0", "Parti:Cluster:AdvertisedAddress is 0.0.0.0; allowed: the one IP address of this machine that the other silos reach.")]
    [InlineData("Cluster:ProbeTimeout", "5", "Parti:Cluster:ProbeTimeout is 5; allowed: 00:00:00.5000000 to 00:01:00, written [days.]hours:minutes:seconds.")]
    [InlineData("Worker:Devices", "gpu", "Parti:Worker:Devices is gpu; allowed: auto alone, or any of cpu, cpu:N, cuda:N.")]
    [InlineData("Worker:Devices", "cpu:0,cpu:0", "Parti:Worker:Devices is cpu:0 twice; allowed: each device once.")]
    [InlineData("Worker:Shard", "2/2", "Parti:Worker:Shard is 2/2; allowed: i/n, i from 0 to n - 1 and n from 1 to 64.")]
    [InlineData("Worker:Stages", "sample,store", "Parti:Worker:Stages is store; allowed: encode, sample, detokenize, upscale, rerank.")]
    [InlineData("Worker:Preload", "yes", "Parti:Worker:Preload is yes; allowed: true, false.")]
    [InlineData("State:Kind", "redis", "Parti:State:ConnectionString is missing; allowed: where that server is; it may be left out only where Parti:Cluster:Kind is the same.")]
    [InlineData("Storage:Kind", "azure", "Parti:Storage:Kind is azure with neither ConnectionString nor ServiceUri; allowed: azure with one of them; ServiceUri goes with a managed identity.")]
    [InlineData("Storage:Container", "A", "Parti:Storage:Container is A; allowed: 3 to 63 lower-case letters, digits and dashes.")]
    [InlineData("Retention:Jobs", "-1.00:00:00", "Parti:Retention:Jobs is -1.00:00:00; allowed: 00:00:00 to 3650.00:00:00, written [days.]hours:minutes:seconds.")]
    [InlineData("Clustr:Kind", "redis", "Parti:Clustr:Kind is no setting; docs/configuration.md lists those there are.")]
    public void Read_WrongValue_NamesKeyValueAndRange(string key, string value, string message)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([new($"Parti:{key}", value)]).Build();

        Assert.Equal(message, Assert.Throws<SiloStartException>(() => SiloSettings.Read(configuration)).Message);
    }

    [Fact]
    public void Read_ListsAndCommas_MeanTheSame()
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([
            new("Parti:Roles:0", "control"), new("Parti:Roles:1", "worker"), new("Parti:Worker:Devices", "cpu:0, cpu:1"), new("Parti:Cluster:Kind", "Redis"),
            new("Parti:Cluster:ConnectionString", "localhost:6379")]).Build();

        SiloSettings settings = SiloSettings.Read(configuration);

        Assert.Equal(SiloRoles.Control | SiloRoles.Worker, settings.Roles);
        Assert.Equal(["cpu:0", "cpu:1"], settings.Worker.Devices);
        Assert.Equal(StateKind.Redis, settings.State.Kind);
        Assert.Equal("localhost:6379", settings.State.ConnectionString);
        Assert.Equal(11111, settings.Cluster.SiloPort);
    }

    [Theory]
    [InlineData("redis", "127.0.0.1:{0}", "Redis at 127.0.0.1:{0} does not answer; start it, or correct the connection string.")]
    [InlineData("postgres", "Host=127.0.0.1;Port={0};Username=parti;Database=parti", "PostgreSQL at 127.0.0.1:{0} does not answer; start it, or correct the connection string.")]
    public async Task Start_ServerDoesNotAnswer_EndsWithOneLine(string kind, string connection, string message)
    {
        string port = ServerProcess.FreePort().ToString(System.Globalization.CultureInfo.InvariantCulture);
        await using ServerProcess silo = ServerProcess.Start(
            SiloProcess.Program, ["--Parti:Roles=control", "--Parti:Http:Url=http://127.0.0.1:0"], new Dictionary<string, string?>
            {
                ["Parti__Cluster__Kind"] = kind,
                ["Parti__Cluster__ConnectionString"] = connection.Replace("{0}", port, StringComparison.Ordinal),
            });

        await silo.ExitAsync(Token);

        Assert.Equal(1, silo.ExitCode);
        Assert.Equal(message.Replace("{0}", port, StringComparison.Ordinal), silo.Errors);
    }
}

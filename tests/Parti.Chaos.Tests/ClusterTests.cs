using System.Security.Cryptography;
using Parti.Abstractions;
using Parti.Client;
using Parti.Grains.Storage;
using Parti.Testing;

namespace Parti.Chaos.Tests;

public sealed class ClusterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("parti-cluster-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task TwoSilos_OnRedis_FinishAJob()
    {
        await using RedisServer redis = await RedisServer.StartAsync(Token);
        await using SiloProcess control = await SiloProcess.StartAsync("control", Settings(redis, "control"), Token);
        await using SiloProcess worker = await SiloProcess.StartAsync("worker-1", Settings(redis, "worker"), Token);
        await using ClusterClient client = await ClusterClient.ConnectAsync(
            ClusterClient.ByRedis(redis.ConnectionString), new FileResultStore(Path.Combine(_folder, "results"), TimeProvider.System), Token);

        GenerationResult result = await client.Parti.GenerateAsync("a red circle", new() { Seed = 1, Size = "native" }, Token);

        Assert.Equal(JobState.Succeeded, result.Job.State);
        Assert.Equal("worker-1|cpu", Assert.Single(result.Job.Images).Worker);
        Assert.Equal(result.Images[0].Sha256, Convert.ToHexStringLower(SHA256.HashData(result.Images[0].Bytes.Span)));
    }

    private Dictionary<string, string> Settings(RedisServer redis, string roles) => new()
    {
        ["Roles"] = roles,
        ["Cluster:Kind"] = "redis",
        ["Cluster:ConnectionString"] = redis.ConnectionString,
        ["Cluster:SiloPort"] = "0",
        ["Cluster:GatewayPort"] = "0",
        ["Cluster:AdvertisedAddress"] = "127.0.0.1",
        ["Storage:Folder"] = Path.Combine(_folder, "results"),
    };
}

using StackExchange.Redis;

namespace Parti.Chaos.Tests;

/// <summary>Where faults happen.</summary>
/// <param name="Cluster">The cluster under load.</param>
/// <param name="Proxy">Between its silos and their blobs.</param>
/// <param name="Random">Chooses whom a fault meets.</param>
/// <param name="IsBrief">Whether a fault passes as soon as it is certain to have been felt.</param>
internal sealed record Scene(TestCluster Cluster, FaultProxy Proxy, Random Random, bool IsBrief)
{
    /// <summary>Any silo of a kind.</summary>
    public SiloProcess Any(string kind)
    {
        SiloProcess[] silos = [.. Cluster.Silos.Where(silo => silo.Name.StartsWith(kind, StringComparison.Ordinal)).OrderBy(silo => silo.Name, StringComparer.Ordinal)];
        return silos[Random.Next(silos.Length)];
    }

    /// <summary>Lets time go by.</summary>
    /// <param name="brief">Seconds in the short version.</param>
    /// <param name="full">Seconds in the long one.</param>
    /// <param name="stop">Gives up.</param>
    public Task PassAsync(double brief, double full, CancellationToken stop) => Task.Delay(TimeSpan.FromSeconds(IsBrief ? brief : full), stop);
}

/// <summary>Something bad that happens to a cluster, and passes.</summary>
/// <param name="Name">How the table calls it.</param>
/// <param name="HappenAsync">Lets it happen and pass.</param>
internal sealed record Fault(string Name, Func<Scene, CancellationToken, Task> HappenAsync)
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(90);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Fault> All { get; } =
    [
        new("kill -9 a worker", (scene, stop) => KillAsync([scene.Any("worker")], stop)),
        new("kill -9 a control silo", (scene, stop) => KillAsync([scene.Any("control")], stop)),
        new("kill -9 all silos", (scene, stop) => KillAsync(scene.Cluster.Silos, stop)),
        new("worker paused, not dead", (scene, stop) => PauseAsync(scene, "worker", 0.5, 1, stop)),
        new("worker paused till dead", (scene, stop) => PauseAsync(scene, "worker", 4, 8, stop)),
        new("control silo paused till dead", (scene, stop) => PauseAsync(scene, "control", 4, 8, stop)),
        new("Redis killed, restarted", (scene, stop) => scene.Cluster.Redis.RestartAsync(stop)),
        new("Redis paused", (scene, stop) => PauseRedisAsync(scene, stop)),
        new("Redis full", (scene, stop) => FillRedisAsync(scene, stop)),
        new("blobs answer 503", (scene, stop) => BlobsAsync(scene, proxy => proxy.Refuse(503), stop)),
        new("blobs answer 429", (scene, stop) => BlobsAsync(scene, proxy => proxy.Refuse(429), stop)),
        new("blobs slow by 1 s", (scene, stop) => BlobsAsync(scene, proxy => proxy.Slow(TimeSpan.FromSeconds(1)), stop)),
        new("replies to blob writes lost", (scene, stop) => BlobsAsync(scene, proxy => proxy.LoseReplies(), stop)),
        new("rolling restart", RollAsync),
    ];

    private static async Task KillAsync(IReadOnlyList<SiloProcess> silos, CancellationToken stop)
    {
        SiloProcess[] victims = [.. silos];
        await Task.WhenAll(victims.Select(silo => silo.Process.KillAsync()));
        await Task.WhenAll(victims.Select(silo => silo.RestartAsync(stop)));
    }

    private static async Task PauseAsync(Scene scene, string kind, double brief, double full, CancellationToken stop)
    {
        SiloProcess silo = scene.Any(kind);
        await silo.Process.PauseAsync();
        await scene.PassAsync(brief, full, stop);
        await silo.Process.ResumeAsync();

        // One that was declared dead meanwhile ends itself as soon as it hears of it; its supervisor starts it again.
        await silo.RestartIfEndedAsync(TimeSpan.FromSeconds(scene.IsBrief ? 3 : 10), stop);
    }

    private static async Task PauseRedisAsync(Scene scene, CancellationToken stop)
    {
        await scene.Cluster.Redis.Process.PauseAsync();
        await scene.PassAsync(2, 10, stop);
        await scene.Cluster.Redis.Process.ResumeAsync();
    }

    /// <summary>Reads go on and every write is refused, as with a full disk.</summary>
    private static async Task FillRedisAsync(Scene scene, CancellationToken stop)
    {
        await using ConnectionMultiplexer redis = await ConnectionMultiplexer.ConnectAsync($"{scene.Cluster.Redis.ConnectionString},allowAdmin=true");
        IServer server = redis.GetServers()[0];
        await server.ConfigSetAsync("maxmemory", "1");
        await scene.PassAsync(1, 5, stop);
        await server.ConfigSetAsync("maxmemory", "0");
    }

    private static async Task BlobsAsync(Scene scene, Action<FaultProxy> begin, CancellationToken stop)
    {
        int before = scene.Proxy.Met;
        begin(scene.Proxy);
        await scene.PassAsync(1, 5, stop);
        scene.Proxy.Pass();
        if (scene.Proxy.Met == before)
        {
            throw new InvalidOperationException("no request met the fault");
        }
    }

    private static async Task RollAsync(Scene scene, CancellationToken stop)
    {
        foreach (SiloProcess silo in scene.Cluster.Silos.ToList())
        {
            await silo.Process.StopAsync(StopPatience);
            await silo.RestartAsync(stop);
        }
    }
}

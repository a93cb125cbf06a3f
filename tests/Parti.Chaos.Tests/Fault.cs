using Parti.Abstractions;
using Parti.Testing;
using StackExchange.Redis;

namespace Parti.Chaos.Tests;

/// <summary>Something bad that happens to a cluster, and passes.</summary>
/// <param name="Name">How the table calls it.</param>
/// <param name="HappenAsync">Lets it happen and pass.</param>
internal sealed record Fault(string Name, Func<Scene, CancellationToken, Task> HappenAsync)
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StagePatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Jump = TimeSpan.FromHours(1);

    /// <summary>Says what the scene lacks for it; null where it can happen.</summary>
    public Func<Scene, string?> Lacks { get; init; } = _ => null;

    /// <summary>Whether only the long version has it: its like is in the short one.</summary>
    public bool IsLongOnly { get; init; }

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Fault> All { get; } =
    [
        new("kill -9 as a worker encodes", (scene, stop) => KillInStageAsync(scene, Stage.Encode, stop)) { IsLongOnly = true },
        new("kill -9 as a worker samples", (scene, stop) => KillInStageAsync(scene, Stage.Sample, stop)),
        new("kill -9 as a worker scores", (scene, stop) => KillInStageAsync(scene, Stage.Rerank, stop)) { IsLongOnly = true },
        new("kill -9 as a worker detokenizes", (scene, stop) => KillInStageAsync(scene, Stage.Detokenize, stop)) { IsLongOnly = true },
        new("kill -9 as a worker upscales", (scene, stop) => KillInStageAsync(scene, Stage.Upscale, stop)) { IsLongOnly = true },
        new("kill -9 a control silo", (scene, stop) => KillAsync([scene.Any("control")], stop)),
        new("kill -9 all silos", (scene, stop) => KillAsync(scene.Cluster.Silos, stop)),
        new("worker paused, not dead", (scene, stop) => PauseAsync(scene, "worker", 0.5, 1, stop)) { IsLongOnly = true },
        new("worker paused till dead", (scene, stop) => PauseAsync(scene, "worker", 4, 8, stop)),
        new("control silo paused till dead", (scene, stop) => PauseAsync(scene, "control", 4, 8, stop)) { IsLongOnly = true },
        new("Redis killed, restarted", (scene, stop) => scene.Cluster.Redis.RestartAsync(stop)),
        new("Redis paused", (scene, stop) => PauseRedisAsync(scene, stop)),
        new("Redis full", (scene, stop) => FillRedisAsync(scene, stop)) { IsLongOnly = true },
        new("blobs answer 503", (scene, stop) => BlobsAsync(scene, proxy => proxy.Refuse(503), stop)),
        new("blobs answer 429", (scene, stop) => BlobsAsync(scene, proxy => proxy.Refuse(429), stop)),
        new("blobs slow by 1 s", (scene, stop) => BlobsAsync(scene, proxy => proxy.Slow(TimeSpan.FromSeconds(1)), stop)),
        new("replies to blob writes lost", (scene, stop) => BlobsAsync(scene, proxy => proxy.LoseReplies(), stop)),
        new("connections of silos cut", CutAsync) { Lacks = _ => TcpCut.IsPossible ? null : "root and ss are needed to cut connections" },
        new("clocks an hour ahead, and back", JumpAsync) { Lacks = scene => scene.Clock is null ? "libfaketime is not installed" : null },
        new("disk of Redis full", FillDiskAsync) { Lacks = scene => scene.Disk is null ? "only root may mount a small disk" : null },
        new("rolling restart", RollAsync),
    ];

    private static async Task KillAsync(IReadOnlyList<SiloProcess> silos, CancellationToken stop)
    {
        SiloProcess[] victims = [.. silos];
        await Task.WhenAll(victims.Select(silo => silo.Process.KillAsync()));
        await Task.WhenAll(victims.Select(silo => silo.RestartAsync(stop)));
    }

    /// <summary>Kills a worker as soon as it says that it is at a stage.</summary>
    private static async Task KillInStageAsync(Scene scene, Stage stage, CancellationToken stop)
    {
        SiloProcess victim = scene.Any("worker");
        await victim.Process.NextLineAsync(line => line.Contains($" begins {stage} of ", StringComparison.Ordinal), stop).WaitAsync(StagePatience, stop);
        await KillAsync([victim], stop);
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

    /// <summary>Whatever silos say to one another may get lost, over and over.</summary>
    private static async Task CutAsync(Scene scene, CancellationToken stop)
    {
        int cut = 0;
        IReadOnlyList<int> ports = await scene.Cluster.SiloPortsAsync();
        for (int time = 0; time < 8; time++)
        {
            cut += await TcpCut.CutAsync(ports, stop);
            await scene.PassAsync(0.2, 1, stop);
        }

        if (cut == 0)
        {
            throw new InvalidOperationException("no connection was there to be cut");
        }
    }

    private static async Task JumpAsync(Scene scene, CancellationToken stop)
    {
        scene.Clock!.Set(Jump);
        await scene.PassAsync(3, 8, stop);
        scene.Clock.Set(TimeSpan.Zero);
        await scene.PassAsync(1, 4, stop);
    }

    /// <summary>Redis ends itself when it cannot write what it should keep; it is started again when there is room.</summary>
    private static async Task FillDiskAsync(Scene scene, CancellationToken stop)
    {
        scene.Disk!.Fill();
        await scene.PassAsync(1, 5, stop);
        scene.Disk.Free();
        await scene.Cluster.Redis.RestartAsync(stop);
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

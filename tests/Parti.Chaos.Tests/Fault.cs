namespace Parti.Chaos.Tests;

/// <summary>Something bad that happens to a cluster, and passes.</summary>
/// <param name="Name">How the table calls it.</param>
/// <param name="HappenAsync">Lets it happen and pass; the random numbers choose whom it meets.</param>
internal sealed record Fault(string Name, Func<TestCluster, FaultProxy, Random, CancellationToken, Task> HappenAsync)
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(90);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Fault> All { get; } =
    [
        new("kill -9 a worker", (cluster, _, random, stop) => KillAsync(Any(cluster, random, "worker"), stop)),
        new("kill -9 a control silo", (cluster, _, random, stop) => KillAsync(Any(cluster, random, "control"), stop)),
        new("pause a worker 1 s", (cluster, _, random, stop) => PauseAsync(Any(cluster, random, "worker"), TimeSpan.FromSeconds(1), stop)),
        new("pause a worker 8 s", (cluster, _, random, stop) => PauseAsync(Any(cluster, random, "worker"), TimeSpan.FromSeconds(8), stop)),
        new("pause a control silo 8 s", (cluster, _, random, stop) => PauseAsync(Any(cluster, random, "control"), TimeSpan.FromSeconds(8), stop)),
        new("Redis killed, restarted", (cluster, _, _, stop) => cluster.Redis.RestartAsync(stop)),
        new("Redis paused 3 s", (cluster, _, _, stop) => PauseRedisAsync(cluster, stop)),
        new("blobs answer 503 for 5 s", (_, proxy, _, stop) => RefuseAsync(proxy, 503, stop)),
        new("blobs answer 429 for 5 s", (_, proxy, _, stop) => RefuseAsync(proxy, 429, stop)),
        new("blobs slow by 1 s for 5 s", (_, proxy, _, stop) => SlowAsync(proxy, stop)),
        new("rolling restart", (cluster, _, _, stop) => RollAsync(cluster, stop)),
    ];

    private static SiloProcess Any(TestCluster cluster, Random random, string kind)
    {
        SiloProcess[] silos = [.. cluster.Silos.Where(silo => silo.Name.StartsWith(kind, StringComparison.Ordinal)).OrderBy(silo => silo.Name, StringComparer.Ordinal)];
        return silos[random.Next(silos.Length)];
    }

    private static async Task KillAsync(SiloProcess silo, CancellationToken stop)
    {
        await silo.Process.KillAsync();
        await silo.RestartAsync(stop);
    }

    private static async Task PauseAsync(SiloProcess silo, TimeSpan pause, CancellationToken stop)
    {
        await silo.Process.PauseAsync();
        await Task.Delay(pause, stop);
        await silo.Process.ResumeAsync();

        // One that was declared dead meanwhile ends itself as soon as it hears of it; its supervisor starts it again.
        await silo.RestartIfEndedAsync(TimeSpan.FromSeconds(10), stop);
    }

    private static async Task PauseRedisAsync(TestCluster cluster, CancellationToken stop)
    {
        await cluster.Redis.Process.PauseAsync();
        await Task.Delay(TimeSpan.FromSeconds(3), stop);
        await cluster.Redis.Process.ResumeAsync();
    }

    private static async Task RefuseAsync(FaultProxy proxy, int status, CancellationToken stop)
    {
        proxy.Refuse(status);
        await Task.Delay(TimeSpan.FromSeconds(5), stop);
        proxy.Pass();
    }

    private static async Task SlowAsync(FaultProxy proxy, CancellationToken stop)
    {
        proxy.Slow(TimeSpan.FromSeconds(1));
        await Task.Delay(TimeSpan.FromSeconds(5), stop);
        proxy.Pass();
    }

    private static async Task RollAsync(TestCluster cluster, CancellationToken stop)
    {
        foreach (SiloProcess silo in cluster.Silos.ToList())
        {
            await silo.Process.StopAsync(StopPatience);
            await silo.RestartAsync(stop);
        }
    }
}

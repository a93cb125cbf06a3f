using Parti.Abstractions;

namespace Parti.Benchmarks.Cluster;

/// <summary>Queueing, utilisation and fairness of many GPUs, in virtual time.</summary>
static class SimulateBenchmark
{
    static readonly double[] Loads = [0.5, 0.8, 0.95, 1.1];

    /// <summary>Runs each load.</summary>
    public static Task RunAsync(Report report, int workers, int slots, int partitions, int minutes)
    {
        Table table = new($"simulate: {workers} workers of {slots} slots, {partitions} partitions, {minutes} min; images of 12 s; waits from submit to the first token, in seconds",
            ["load", "images/s", "slots busy", "wait p50", "wait p99", "high p99", "low p99", "p99 of the tenant with the burst", "p99 of the others, normal", "queue calls/s", "µs a call"]);
        foreach (double load in Loads)
        {
            SimulatedCluster cluster = new(new(workers, slots, partitions, load, TimeSpan.FromMinutes(minutes)));
            cluster.Run();
            table.Row(
                $"{load:P0}",
                $"{cluster.Images / (minutes * 60.0):F0}",
                $"{cluster.Utilisation:P1}",
                P(cluster, 50, _ => true),
                P(cluster, 99, _ => true),
                P(cluster, 99, wait => wait.Priority == JobPriority.High),
                P(cluster, 99, wait => wait.Priority == JobPriority.Low),
                P(cluster, 99, wait => wait.Tenant == cluster.Burster),
                P(cluster, 99, wait => wait.Tenant != cluster.Burster && wait.Priority == JobPriority.Normal),
                $"{cluster.CallsPerSecond:F0}",
                $"{cluster.MicrosecondsPerCall:F2}");
        }

        report.Add(table);
        return Task.CompletedTask;
    }

    static string P(SimulatedCluster cluster, double percent, Func<(string Tenant, JobPriority Priority, double Seconds), bool> which) =>
        Percentile.Of([.. cluster.Waits.Where(which).Select(wait => wait.Seconds)], percent);
}

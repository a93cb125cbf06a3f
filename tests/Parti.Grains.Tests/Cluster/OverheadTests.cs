using System.Diagnostics;
using Parti.Client;

namespace Parti.Grains.Tests.Cluster;

/// <summary>What everything but computing costs, with an engine that takes no time. Run on purpose, on a quiet machine: <c>-explicit only</c>.</summary>
public sealed class OverheadTests(ITestOutputHelper output)
{
    private const int WarmUp = 100;
    private const int Measured = 200;

    [Fact(Explicit = true)]
    public async Task Generate_IdleSystem_PrintsTheOverheadOfAPicture()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        using TemporaryFolder folder = new();
        PartiGrainsOptions defaults = new();
        await using TestCluster cluster = await TestCluster.StartAsync(folder.Path, configure: options =>
        {
            options.CheckpointTokens = defaults.CheckpointTokens;
            options.CheckpointInterval = defaults.CheckpointInterval;
        });
        List<double> milliseconds = [];
        List<double> inside = [];
        TimeSpan processor = default;
        for (int i = 0; i < WarmUp + Measured; i++)
        {
            if (i == WarmUp)
            {
                processor = Environment.CpuUsage.TotalTime;
            }

            long from = Stopwatch.GetTimestamp();
            GenerationResult result = await cluster.Client.GenerateAsync("fast", new() { Seed = (ulong)i }, token);
            milliseconds.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
            inside.Add((result.Job.CompletedAt - result.Job.CreatedAt)!.Value.TotalMilliseconds);
        }

        double work = (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds / Measured;
        double[] sorted = [.. milliseconds.Skip(WarmUp).Order()];
        double[] sortedInside = [.. inside.Skip(WarmUp).Order()];
        output.WriteLine($"call to bytes: p50 {sorted[Measured / 2]:f2} ms, p99 {sorted[Measured * 99 / 100]:f2} ms; accepted to stored: p50 {sortedInside[Measured / 2]:f2} ms, p99 {sortedInside[Measured * 99 / 100]:f2} ms; processor time {work:f2} ms a picture");
        Assert.Equal(WarmUp + Measured, milliseconds.Count);
    }
}

using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Parti.Inference;
using Parti.Inference.Engine;
using Parti.Models.Checkpoints;
using Parti.Models.Transformer;

namespace Parti.Benchmarks;

/// <summary>From a model directory to the first token.</summary>
static class LoadBenchmark
{
    /// <summary>One table.</summary>
    public static async Task Run(Report report, IEnumerable<string> sizes, int threads, int repeats)
    {
        Table table = new("load: a model directory of random weights, its files hashed, read and laid out, then the first token of a guided picture; the files are in the page cache", ["model", "weights", "MB on disk", "seconds to the first token", "MB/s", "seconds of hashing alone"]);
        foreach (string size in sizes)
        {
            foreach (WeightFormat format in Enum.GetValues<WeightFormat>())
            {
                using RandomModel model = Model(size, format);
                List<double> seconds = [], hashing = [];
                for (int run = 0; run < repeats; run++)
                {
                    seconds.Add(await Load(model, threads));
                    hashing.Add(Hash(model));
                }
                double median = Median(seconds);
                table.Row(size, $"{format}", $"{model.Bytes / 1e6:F0}", $"{median:F2}", $"{model.Bytes / median / 1e6:F0}", $"{Median(hashing):F2}");
            }
        }
        report.Add(table);
    }

    internal static RandomModel Model(string size, WeightFormat format = WeightFormat.Float32) => size switch
    {
        "demo" => new(PartiPresets.Demo, PartiPresets.DemoImageTokenizer, format),
        "350M" => new(PartiPresets.P350M, PartiPresets.SmallImageTokenizer, format),
        _ => throw new ArgumentException($"--sizes is {size}, allowed are demo and 350M.", nameof(size)),
    };

    static async Task<double> Load(RandomModel model, int threads)
    {
        long started = Stopwatch.GetTimestamp();
        EngineOptions options = new() { Slots = 1, Threads = threads };
        options.ModelPaths.Add(model.Folder);
        await using DeviceEngine engine = DeviceEngine.Open(options, NullLogger.Instance);
        TextConditioning text = await engine.EncodeAsync(new(RandomModel.Name, "a red circle", null));
        using CancellationTokenSource enough = new();
        TaskCompletionSource<double> first = new();
        Task<int[]> picture = engine.SampleAsync(
            new(text, new(4, 1, 0, 1), 7, 0, []),
            _ =>
            {
                first.TrySetResult(Stopwatch.GetElapsedTime(started).TotalSeconds);
                enough.Cancel();
            },
            enough.Token);
        double seconds = await first.Task;
        await picture.ContinueWith(_ => { }, TaskScheduler.Default);
        return seconds;
    }

    static double Hash(RandomModel model)
    {
        long started = Stopwatch.GetTimestamp();
        ModelDirectory.Open(model.Folder).RequireIntact();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}

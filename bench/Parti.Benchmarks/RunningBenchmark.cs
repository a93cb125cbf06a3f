using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Parti.Inference;
using Parti.Inference.Engine;

namespace Parti.Benchmarks;

/// <summary>An engine that works without a pause: memory over many steps, and what previews cost.</summary>
static class RunningBenchmark
{
    const int Slots = 8;
    const int Readings = 10;

    /// <summary>Two tables a size.</summary>
    public static async Task Run(Report report, IEnumerable<string> sizes, int threads, int repeats, int steps)
    {
        foreach (string size in sizes)
        {
            using RandomModel model = LoadBenchmark.Model(size);
            EngineOptions options = new() { Slots = Slots, Threads = threads };
            options.ModelPaths.Add(model.Folder);
            await using DeviceEngine engine = DeviceEngine.Open(options, NullLogger.Instance);
            TextConditioning text = await engine.EncodeAsync(new(RandomModel.Name, "a red circle", null));
            report.Add(await Previews(engine, text, size, repeats));
            report.Add(await Memory(engine, text, size, steps));
        }
    }

    static async Task<Table> Memory(DeviceEngine engine, TextConditioning text, string size, int steps)
    {
        Table table = new($"running: {size}, {Slots} guided pictures at once, one after another in each slot", ["tokens drawn", "resident MB", "managed heap MB", "managed bytes allocated a token, whole process"]);
        await using EngineLoad load = new(engine, text, Slots);
        long tokens = await load.Tokens(TimeSpan.Zero, (long)steps * Slots / Readings), allocated = GC.GetTotalAllocatedBytes();
        for (int reading = 1; reading <= Readings; reading++)
        {
            long before = tokens;
            tokens = await load.Tokens(TimeSpan.Zero, before + (long)steps * Slots / Readings);
            long now = GC.GetTotalAllocatedBytes();
            table.Row($"{tokens}", $"{Environment.WorkingSet / 1e6:F1}", $"{GC.GetTotalMemory(forceFullCollection: false) / 1e6:F1}", $"{(double)(now - allocated) / (tokens - before):F1}");
            allocated = now;
        }
        return table;
    }

    static async Task<Table> Previews(DeviceEngine engine, TextConditioning text, string size, int repeats)
    {
        TimeSpan turn = TimeSpan.FromSeconds(5);
        Table table = new($"previews: {size}, {Slots} guided pictures at once, turns of {turn.TotalSeconds:F0} s with one preview a second and without", ["turn", "tokens/s without", "tokens/s with", "lost"]);
        await using EngineLoad load = new(engine, text, Slots);
        await load.Tokens(TimeSpan.FromSeconds(2), 0);
        List<double> lost = [];
        for (int i = 0; i < repeats; i++)
        {
            double without = await Rate(load, turn, null), with = await Rate(load, turn, engine);
            lost.Add(1 - with / without);
            table.Row($"{i + 1}", $"{without:F0}", $"{with:F0}", $"{lost[^1]:P1}");
        }
        return table.Row("median", "", "", $"{lost.Order().ElementAt(lost.Count / 2):P1}");
    }

    static async Task<double> Rate(EngineLoad load, TimeSpan turn, DeviceEngine? previews)
    {
        long first = load.Drawn, started = Stopwatch.GetTimestamp();
        for (int second = 0; second < turn.TotalSeconds; second++)
        {
            Task pause = Task.Delay(TimeSpan.FromSeconds(1));
            if (previews is not null)
            {
                await previews.DetokenizeAsync(RandomModel.Name, load.Latest);
            }
            await pause;
        }
        return (load.Drawn - first) / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}

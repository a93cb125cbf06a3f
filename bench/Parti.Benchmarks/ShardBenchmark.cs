using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Parti.Inference;
using Parti.Inference.Engine;
using Parti.Inference.Sharding;
using Parti.Models.Checkpoints;

namespace Parti.Benchmarks;

/// <summary>
/// One, two and four shards of a decoder in this process, every slot busy. All shards share the machine's cores: what is shown is the cost of
/// splitting and how evenly the shards are busy, not what more machines bring.
/// </summary>
static class ShardBenchmark
{
    static readonly int[] SlotCounts = [8, 16];
    static readonly int[] ShardCounts = [1, 2, 4];
    static readonly TimeSpan Turn = TimeSpan.FromSeconds(4);

    /// <summary>One table a size.</summary>
    public static async Task Run(Report report, IEnumerable<string> sizes, int threads, int repeats)
    {
        foreach (string size in sizes)
        {
            using RandomModel model = LoadBenchmark.Model(size);
            Table table = new(
                $"shards: {size}, guided pictures in every slot, {threads} threads a shard, turns of {Turn.TotalSeconds:F0} s",
                ["slots", "shards", "tokens/s", "of one shard", "busy, shards 1 to n − 1"]);
            foreach (int slots in SlotCounts)
            {
                double whole = 0;
                foreach (int shards in ShardCounts)
                {
                    (double rate, double[] busy) = await Measure(model, slots, shards, threads, repeats);
                    whole = shards == 1 ? rate : whole;
                    table.Row($"{slots}", $"{shards}", $"{rate:F0}", $"{rate / whole:P0}", string.Join(", ", busy.Select(share => $"{share:P0}")));
                }
            }
            report.Add(table);
        }
    }

    static async Task<(double Rate, double[] Busy)> Measure(RandomModel model, int slots, int shards, int threads, int repeats)
    {
        ModelDirectory directory = ModelDirectory.Open(model.Folder);
        ShardEngine[] others = [.. Enumerable.Range(1, shards - 1).Select(index => ShardEngine.Open(directory, new(index, shards), slots, threads, NullLogger.Instance))];
        await Task.WhenAll(others.Select(shard => shard.Loaded));
        EngineOptions options = new() { Slots = slots, Threads = threads, Shard = new(0, shards), Links = shards > 1 ? new Links(others) : null };
        options.ModelPaths.Add(model.Folder);
        await using DeviceEngine engine = DeviceEngine.Open(options, NullLogger.Instance);
        TextConditioning text = await engine.EncodeAsync(new(RandomModel.Name, "a red circle", null));
        (double Rate, double[] Busy)[] turns = new (double, double[])[repeats];
        await using (EngineLoad load = new(engine, text, slots))
        {
            await load.Tokens(Turn / 2, slots);
            for (int turn = 0; turn < repeats; turn++)
            {
                turns[turn] = await Count(load, others);
            }
        }
        foreach (ShardEngine shard in others)
        {
            await shard.DisposeAsync();
        }
        return turns.OrderBy(turn => turn.Rate).ElementAt(repeats / 2);
    }

    static async Task<(double Rate, double[] Busy)> Count(EngineLoad load, ShardEngine[] shards)
    {
        long first = load.Drawn, started = Stopwatch.GetTimestamp();
        TimeSpan[] busy = [.. shards.Select(shard => shard.Busy)];
        long last = await load.Tokens(Turn, 0);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return ((last - first) / seconds, [.. shards.Select((shard, i) => (shard.Busy - busy[i]).TotalSeconds / seconds)]);
    }

    sealed class Links(IReadOnlyList<ShardEngine> shards) : IShardLinks, IShardReplica
    {
        public ShardSession? Session { get; private set; }

        public IShardReplica Want(ShardNeed need)
        {
            Guid id = Guid.NewGuid();
            foreach (ShardEngine shard in shards)
            {
                _ = shard.OpenAsync(id);
            }
            Session = new(id, shards);
            return this;
        }
    }
}

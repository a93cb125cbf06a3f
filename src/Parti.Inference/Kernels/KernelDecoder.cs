using Parti.Inference.Execution;
using Parti.Inference.Sharding;

namespace Parti.Inference.Kernels;

/// <summary>
/// Decode steps on a processor by kernels of our own. A row's logits depend on that row's text and tokens alone, bit for bit: every sum
/// has one order that no neighbour, slot, thread count, shard or machine changes (docs/decisions/0005). A step allocates nothing, reads
/// every weight once for all rows, and only the filled part of the caches.
/// </summary>
sealed unsafe class KernelDecoder : IStepDecoder
{
    // Given tokens are taken fifteen at a time beside the others: a step of many rows takes a few times as long as one of few.
    internal const int MostExtraRows = 28;

    readonly DecoderWeights _weights;
    readonly KernelTeam _team;
    readonly DecoderShard[] _shards;
    readonly DecoderEnds _ends;

    /// <summary>Allocates caches.</summary>
    /// <param name="weights">Weights; owned from now on.</param>
    /// <param name="rows">Rows of the caches.</param>
    /// <param name="threads">Threads that share a step.</param>
    /// <param name="shards">Ranges of layers, each with caches of its own, 1 to the decoder's layers.</param>
    public KernelDecoder(DecoderWeights weights, int rows, int threads, int shards = 1)
    {
        int capacity = rows + MostExtraRows;
        (_weights, _team) = (weights, new(threads));
        _shards = [.. Enumerable.Range(0, shards).Select(i => new LayerShard(i, shards).Of(weights.Layers.Count))
            .Select(range => new DecoderShard([.. weights.Layers.Take(range)], weights.Sizes, rows, capacity, _team, weights.Rotary))];
        _ends = new(weights, rows, capacity, _team, _shards[^1].X);
    }

    /// <summary>Bytes of matrices that one step reads.</summary>
    public long StepBytes => _weights.StepBytes;

    /// <inheritdoc />
    public int ExtraRows => MostExtraRows;

    /// <inheritdoc />
    public void Enter(int row, float[] states, int tokens)
    {
        _weights.Input.Enter(row, states, tokens);
        foreach (DecoderShard shard in _shards)
        {
            shard.Enter(row, states, tokens);
        }
    }

    /// <inheritdoc />
    public bool CanRecord => !_weights.Sizes.HasPrefix;

    /// <inheritdoc />
    public AttentionRecord Record(int row)
    {
        AttentionRecord record = new(_weights.Sizes.Heads, _weights.Layers.Count, _weights.Sizes.ImageTokens, _shards[0].TextTokens(row));
        foreach (DecoderShard shard in _shards)
        {
            shard.Record(row, record);
        }
        return record;
    }

    /// <inheritdoc />
    public void Step(ReadOnlySpan<DecodeRow> rows)
    {
        ReadOnlySpan<StepRow> places = _ends.Embed(rows);
        _team.BeginStep();
        try
        {
            float* x = _ends.X;
            foreach (DecoderShard shard in _shards)
            {
                shard.Step(places, x);
                x = shard.X;
            }
            _ends.Finish(places);
        }
        finally
        {
            _team.EndStep();
        }
    }

    /// <inheritdoc />
    public ReadOnlySpan<float> Logits(int row, int back = 0) => _ends.Logits(row, back);

    /// <inheritdoc />
    public void Dispose()
    {
        _team.Dispose();
        Array.ForEach(_shards, shard => shard.Dispose());
        _ends.Dispose();
        _weights.Dispose();
    }
}

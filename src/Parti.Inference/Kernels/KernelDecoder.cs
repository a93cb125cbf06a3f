using Parti.Inference.Execution;

namespace Parti.Inference.Kernels;

/// <summary>
/// Decode steps on a processor by kernels of our own. A row's logits depend on that row's text and tokens alone, bit for bit: every sum
/// has one order that no neighbour, slot, thread count, shard or machine changes (docs/decisions/0005). A step allocates nothing, reads
/// every weight once for all rows, and only the filled part of the caches.
/// Legend: R rows of a step, D width, V codebook size.
/// </summary>
sealed unsafe class KernelDecoder : IStepDecoder
{
    // Given tokens are taken fifteen at a time beside the others: a step of many rows takes a few times as long as one of few.
    const int MostExtraRows = 28;

    readonly DecoderWeights _weights;
    readonly KernelTeam _team;
    readonly DecoderShard[] _shards;
    readonly StepState _state;
    readonly int[] _logitRows;
    readonly NativeFloats _x, _normal, _logits;
    readonly Phase _norm, _head;

    /// <summary>Allocates caches.</summary>
    /// <param name="weights">Weights; owned from now on.</param>
    /// <param name="rows">Rows of the caches.</param>
    /// <param name="threads">Threads that share a step.</param>
    /// <param name="shards">Ranges of layers, each with caches of its own, 1 to the decoder's layers.</param>
    public KernelDecoder(DecoderWeights weights, int rows, int threads, int shards = 1)
    {
        DecoderSizes sizes = weights.Sizes;
        int capacity = rows + MostExtraRows;
        (_weights, _team, _state, _logitRows) = (weights, new(threads), new(sizes.Width, capacity), new int[rows]);
        _x = new((long)capacity * sizes.Width);
        _normal = new((long)capacity * sizes.Width);
        _logits = new((long)capacity * weights.Head.Stride);
        _shards = [.. Split(weights.Layers.Count, shards).Select(range => new DecoderShard([.. weights.Layers.Take(range)], sizes, rows, capacity, _team))];
        _norm = new NormPhase(_state, weights.Norm, _shards[^1].X, sizes.Width, _normal.Pointer, sizes.Width);
        _head = new ProductPhase(_state, weights.Head, _normal.Pointer, sizes.Width, _logits.Pointer, bias: weights.HeadBias);
    }

    /// <summary>Bytes of matrices that one step reads.</summary>
    public long StepBytes => _weights.StepBytes;

    /// <inheritdoc />
    public int ExtraRows => MostExtraRows;

    DecoderSizes Sizes => _weights.Sizes;

    /// <inheritdoc />
    public void Enter(int row, float[] states, int tokens)
    {
        foreach (DecoderShard shard in _shards)
        {
            shard.Enter(row, states, tokens);
        }
    }

    /// <inheritdoc />
    public void Step(ReadOnlySpan<DecodeRow> rows)
    {
        _state.Renew(rows);
        for (int i = 0; i < rows.Length; i++)
        {
            _logitRows[rows[i].Row] = i;
            _weights.Input.Embed(rows[i], _x.Pointer + (long)i * Sizes.Width);
        }
        _team.BeginStep();
        try
        {
            float* x = _x.Pointer;
            foreach (DecoderShard shard in _shards)
            {
                shard.Step(rows, x);
                x = shard.X;
            }
            _team.Run(_norm);
            _team.Run(_head);
        }
        finally
        {
            _team.EndStep();
        }
    }

    /// <inheritdoc />
    public ReadOnlySpan<float> Logits(int row) => _logits.Span((long)_logitRows[row] * _weights.Head.Stride, Sizes.Vocabulary);

    /// <inheritdoc />
    public void Dispose()
    {
        _team.Dispose();
        Array.ForEach(_shards, shard => shard.Dispose());
        _x.Dispose();
        _normal.Dispose();
        _logits.Dispose();
        _weights.Dispose();
    }

    // Shards differ by one layer at most.
    static IEnumerable<Range> Split(int layers, int shards)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shards, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shards, layers);
        return Enumerable.Range(0, shards).Select(shard => (shard * layers / shards)..((shard + 1) * layers / shards));
    }
}

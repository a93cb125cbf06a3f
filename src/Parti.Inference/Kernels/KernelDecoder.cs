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
    readonly StepRow[] _places;
    readonly int[] _logitRows;
    readonly NativeFloats _x, _normal, _logits;
    readonly NativeFloats? _hidden;
    readonly Phase[] _last;

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
        _places = new StepRow[capacity];
        _x = new((long)capacity * sizes.Width);
        _normal = new((long)capacity * sizes.Width);
        _logits = new((long)capacity * weights.Head.Stride);
        _shards = [.. Split(weights.Layers.Count, shards).Select(range => new DecoderShard([.. weights.Layers.Take(range)], sizes, rows, capacity, _team, weights.Rotary))];
        _hidden = weights.HeadLayer is { } layer ? new((long)capacity * layer.Matrix.Stride) : null;
        _last = [.. Last()];
    }

    /// <summary>Bytes of matrices that one step reads.</summary>
    public long StepBytes => _weights.StepBytes;

    /// <inheritdoc />
    public int ExtraRows => MostExtraRows;

    DecoderSizes Sizes => _weights.Sizes;

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
    public void Step(ReadOnlySpan<DecodeRow> rows)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            _logitRows[rows[i].Row] = i;
            _places[i] = _weights.Input.Place(rows[i]);
            _weights.Input.Embed(rows[i], _x.Pointer + (long)i * Sizes.Width);
        }
        ReadOnlySpan<StepRow> places = _places.AsSpan(0, rows.Length);
        _state.Renew(places);
        _team.BeginStep();
        try
        {
            float* x = _x.Pointer;
            foreach (DecoderShard shard in _shards)
            {
                shard.Step(places, x);
                x = shard.X;
            }
            // A delegate would be allocated every step.
            foreach (Phase phase in _last)
            {
                _team.Run(phase);
            }
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
        _hidden?.Dispose();
        _logits.Dispose();
        _weights.Dispose();
    }

    // The norm after the stack and the head.
    IEnumerable<Phase> Last()
    {
        int width = Sizes.Width;
        List<Phase> phases = [new NormPhase(_state, _weights.Norm, _shards[^1].X, width, _normal.Pointer, width)];
        if (_weights.HeadLayer is not { } layer)
        {
            phases.Add(new ProductPhase(_state, _weights.Head, _normal.Pointer, width, _logits.Pointer, bias: _weights.HeadBias));
            return phases;
        }
        phases.Add(new ProductPhase(_state, layer.Matrix, _normal.Pointer, width, _hidden!.Pointer, ProductUse.Gelu, bias: layer.Bias));
        phases.Add(new ProductPhase(_state, _weights.Head, _hidden.Pointer, layer.Matrix.Stride, _logits.Pointer, bias: _weights.HeadBias));
        return phases;
    }

    // Shards differ by one layer at most.
    static IEnumerable<Range> Split(int layers, int shards)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shards, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shards, layers);
        return Enumerable.Range(0, shards).Select(shard => (shard * layers / shards)..((shard + 1) * layers / shards));
    }
}

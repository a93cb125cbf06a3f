using Parti.Inference.Execution;

namespace Parti.Inference.Kernels;

/// <summary>What stands before a decoder's first layer and after its last: embeddings, last norm, head.</summary>
/// <remarks>Legend: R rows of a step, D width, V codebook size.</remarks>
sealed unsafe class DecoderEnds : IDisposable
{
    private readonly DecoderWeights _weights;
    private readonly KernelTeam _team;
    private readonly StepState _state;
    private readonly StepRow[] _places;
    private readonly int[] _logitRows;
    private readonly NativeFloats _x, _normal, _logits;
    private readonly NativeFloats? _hidden;
    private readonly Phase[] _last;

    /// <summary>Plans.</summary>
    /// <param name="weights">Weights; not owned.</param>
    /// <param name="rows">Rows of the caches.</param>
    /// <param name="capacity">Most rows of a step.</param>
    /// <param name="team">Threads that share a step.</param>
    /// <param name="output">Where the last layer's output will be <c>[R, D]</c>.</param>
    public DecoderEnds(DecoderWeights weights, int rows, int capacity, KernelTeam team, float* output)
    {
        DecoderSizes sizes = weights.Sizes;
        (_weights, _team, _state, _places, _logitRows) = (weights, team, new(sizes.Width, capacity), new StepRow[capacity], new int[rows]);
        _x = new((long)capacity * sizes.Width);
        _normal = new((long)capacity * sizes.Width);
        _logits = new((long)capacity * weights.Head.Stride);
        _hidden = weights.HeadLayer is { } layer ? new((long)capacity * layer.Matrix.Stride) : null;
        _last = [.. Last(output)];
    }

    /// <summary>Inputs of the first layer <c>[R, D]</c>, from the latest <see cref="Embed"/>.</summary>
    public float* X => _x.Pointer;

    /// <summary>Fills <see cref="X"/>.</summary>
    /// <param name="rows">The step's rows.</param>
    /// <returns>Where they are in the caches; valid until the next call.</returns>
    public ReadOnlySpan<StepRow> Embed(ReadOnlySpan<DecodeRow> rows)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            _logitRows[rows[i].Row] = i;
            _places[i] = _weights.Input.Place(rows[i]);
            _weights.Input.Embed(rows[i], _x.Pointer + (long)i * _weights.Sizes.Width);
        }
        return _places.AsSpan(0, rows.Length);
    }

    /// <summary>Logits of the last layer's output; the team must be in a step.</summary>
    /// <param name="places">From <see cref="Embed"/> of these rows.</param>
    public void Finish(ReadOnlySpan<StepRow> places)
    {
        _state.Renew(places);
        // A delegate would be allocated every step.
        foreach (Phase phase in _last)
        {
            _team.Run(phase);
        }
    }

    /// <summary>Logits <c>[V]</c> of a row from the latest <see cref="Finish"/> that it took part in, if no other followed.</summary>
    /// <inheritdoc cref="IStepDecoder.Logits" path="/param"/>
    public ReadOnlySpan<float> Logits(int row, int back) => _logits.Span((long)(_logitRows[row] - back) * _weights.Head.Stride, _weights.Sizes.Vocabulary);

    /// <inheritdoc />
    public void Dispose()
    {
        _x.Dispose();
        _normal.Dispose();
        _hidden?.Dispose();
        _logits.Dispose();
    }

    // The norm after the stack and the head.
    private List<Phase> Last(float* output)
    {
        int width = _weights.Sizes.Width;
        List<Phase> phases = [new NormPhase(_state, _weights.Norm, output, width, _normal.Pointer, width)];
        if (_weights.HeadLayer is not { } layer)
        {
            phases.Add(new ProductPhase(_state, _team.Threads, _weights.Head, _normal.Pointer, width, _logits.Pointer, bias: _weights.HeadBias));
            return phases;
        }
        phases.Add(new ProductPhase(_state, _team.Threads, layer.Matrix, _normal.Pointer, width, _hidden!.Pointer, ProductUse.Gelu, bias: layer.Bias));
        phases.Add(new ProductPhase(_state, _team.Threads, _weights.Head, _hidden.Pointer, layer.Matrix.Stride, _logits.Pointer, bias: _weights.HeadBias));
        return phases;
    }
}

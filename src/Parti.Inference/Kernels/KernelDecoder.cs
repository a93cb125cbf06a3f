using Parti.Inference.Execution;
using Parti.Models.Checkpoints;

namespace Parti.Inference.Kernels;

/// <summary>
/// Decode steps on a processor by kernels of our own. A row's logits depend on that row's text and tokens alone, bit for bit: every sum
/// has one order that no neighbour, slot, thread count or machine changes (docs/decisions/0005). A step allocates nothing, reads every
/// weight once for all rows, and only the filled part of the caches.
/// Legend: R rows of a step, D width, F feed-forward width, V codebook size, H heads, E head width, N image tokens.
/// </summary>
sealed unsafe class KernelDecoder : IStepDecoder
{
    // Given tokens are taken fifteen at a time beside the others: a step of many rows takes a few times as long as one of few.
    const int MostExtraRows = 28;

    readonly DecoderWeights _weights;
    readonly KernelTeam _team;
    readonly StepState _state;
    readonly CrossText?[] _texts;
    readonly int[] _logitRows;
    readonly List<Phase> _phases = [];
    readonly List<IDisposable> _owned = [];
    readonly NativeFloats _x, _logits;

    /// <summary>Allocates caches and plans the step.</summary>
    /// <param name="weights">Weights; owned from now on.</param>
    /// <param name="rows">Rows of the caches.</param>
    /// <param name="threads">Threads that share a step.</param>
    public KernelDecoder(DecoderWeights weights, int rows, int threads)
    {
        TransformerArchitecture sizes = weights.Sizes;
        int capacity = rows + MostExtraRows;
        (_weights, _team, _state) = (weights, new(threads), new(sizes.Width, capacity));
        (_texts, _logitRows) = (new CrossText?[rows], new int[rows]);
        _x = Own(new NativeFloats((long)capacity * sizes.Width));
        _logits = Own(new NativeFloats((long)capacity * weights.Head.Stride));
        Plan(rows, capacity);
    }

    /// <summary>Bytes of matrices that one step reads.</summary>
    public long StepBytes => _weights.StepBytes;

    TransformerArchitecture Sizes => _weights.Sizes;

    /// <inheritdoc />
    public int ExtraRows => MostExtraRows;

    /// <inheritdoc />
    public void Enter(int row, float[] states, int tokens)
    {
        Leave(row);
        CrossText text = Array.Find(_texts, other => other is not null && other.IsOf(states, tokens)) ?? new(_weights, states, tokens);
        text.Readers++;
        _texts[row] = text;
    }

    /// <inheritdoc />
    public void Step(ReadOnlySpan<DecodeRow> rows)
    {
        _state.Clear();
        for (int i = 0; i < rows.Length; i++)
        {
            DecodeRow row = rows[i];
            _state.Add(row.Row, row.Token < 0 ? Sizes.CodebookSize : row.Token, row.Position);
            _logitRows[row.Row] = i;
            Embed(i);
        }
        _team.BeginStep();
        try
        {
            foreach (Phase phase in _phases)
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
    public ReadOnlySpan<float> Logits(int row) => _logits.Span((long)_logitRows[row] * _weights.Head.Stride, Sizes.CodebookSize);

    /// <inheritdoc />
    public void Dispose()
    {
        _team.Dispose();
        for (int row = 0; row < _texts.Length; row++)
        {
            Leave(row);
        }
        _owned.ForEach(owned => owned.Dispose());
        _weights.Dispose();
    }

    void Leave(int row)
    {
        if (_texts[row] is { } text && --text.Readers == 0)
        {
            text.Dispose();
        }
        _texts[row] = null;
    }

    void Embed(int index)
    {
        (int token, int position, int d) = (_state.Tokens[index], _state.Positions[index], Sizes.Width);
        float* x = _x.Pointer + (long)index * d;
        _weights.Tokens.Span((long)token * d, d).CopyTo(new Span<float>(x, d));
        RowMath.Add(x, _weights.GridRows.Pointer + (long)(position / Sizes.GridWidth) * d, d);
        RowMath.Add(x, _weights.GridColumns.Pointer + (long)(position % Sizes.GridWidth) * d, d);
    }

    // The whole step as a list of phases over memory that never moves.
    void Plan(int rows, int capacity)
    {
        int d = Sizes.Width;
        LayerWeights first = _weights.Layers[0];
        float* normal = Buffer(capacity, d), mixed = Buffer(capacity, d), narrow = Buffer(capacity, first.SelfOutput.Stride);
        float* wide = Buffer(capacity, Math.Max(first.SelfProjections.Stride, first.Up.Stride));
        for (int i = 0; i < Sizes.DecoderLayers; i++)
        {
            LayerWeights layer = _weights.Layers[i];
            NativeFloats keys = Own(new NativeFloats((long)rows * Sizes.ImageTokens * d)), values = Own(new NativeFloats((long)rows * Sizes.ImageTokens * d));
            Norm(layer.SelfNorm, normal);
            Product(layer.SelfProjections, normal, d, wide);
            _phases.Add(new StorePhase(_state, Sizes, wide, layer.SelfProjections.Stride, keys, values));
            _phases.Add(Own(new SelfAttentionPhase(_state, Sizes, _team.Threads, wide, layer.SelfProjections.Stride, keys, values, mixed)));
            Product(layer.SelfOutput, mixed, d, narrow, ProductUse.Add);
            Norm(layer.CrossNorm, normal);
            Product(layer.CrossQuery, normal, d, narrow);
            _phases.Add(Own(new CrossAttentionPhase(_state, Sizes, _team.Threads, i, narrow, layer.CrossQuery.Stride, _texts, mixed)));
            Product(layer.CrossOutput, mixed, d, narrow, ProductUse.Add);
            Norm(layer.MlpNorm, normal);
            Product(layer.Up, normal, d, wide, ProductUse.Rectify);
            Product(layer.Down, wide, layer.Up.Stride, narrow, ProductUse.Add);
        }
        Norm(_weights.Norm, normal);
        Product(_weights.Head, normal, d, _logits.Pointer);
    }

    void Norm(NormWeights norm, float* to) => _phases.Add(new NormPhase(_state, _x.Pointer, norm.Scale, norm.Shift, to));

    void Product(PackedMatrix matrix, float* from, int stride, float* to, ProductUse use = ProductUse.Keep) =>
        _phases.Add(new ProductPhase(_state, matrix, from, stride, to, use, _x.Pointer));

    float* Buffer(int rows, int width) => Own(new NativeFloats((long)rows * width)).Pointer;

    T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }
}

using Parti.Inference.Execution;

namespace Parti.Inference.Kernels;

/// <summary>
/// Neighbouring layers of a decoder with their KV caches. Rows go in as <c>[R, D]</c> and come out as <c>[R, D]</c>, so that the next
/// layers may be anywhere; where the decoder is cut changes no bit.
/// Legend: R rows of a step, D width, F feed-forward width, H heads, E head width, N image tokens.
/// </summary>
sealed unsafe class DecoderShard : IDisposable
{
    readonly IReadOnlyList<LayerWeights> _layers;
    readonly DecoderSizes _sizes;
    readonly KernelTeam _team;
    readonly RotaryWeights? _rotary;
    readonly StepState _state;
    readonly CrossText?[] _texts;
    readonly AttentionRecord?[] _records;
    readonly List<Phase> _phases = [];
    readonly List<IDisposable> _owned = [];
    readonly NativeFloats _x;
    readonly float* _normal, _mixed, _narrow, _wide;

    /// <summary>Allocates caches and plans the step.</summary>
    /// <param name="layers">The layers; not owned.</param>
    /// <param name="sizes">Sizes of the whole decoder.</param>
    /// <param name="rows">Rows of the caches.</param>
    /// <param name="capacity">Most rows of a step.</param>
    /// <param name="team">Threads that share a step.</param>
    /// <param name="rotary">What turns queries and keys, or null; not owned.</param>
    public DecoderShard(IReadOnlyList<LayerWeights> layers, DecoderSizes sizes, int rows, int capacity, KernelTeam team, RotaryWeights? rotary = null)
    {
        (_layers, _sizes, _team, _rotary) = (layers, sizes, team, rotary);
        (_state, _texts, _records) = (new(sizes.Width, capacity), new CrossText?[rows], new AttentionRecord?[rows]);
        _x = Own(new NativeFloats((long)capacity * sizes.Width));
        _normal = Buffer(capacity, sizes.Width);
        _mixed = Buffer(capacity, sizes.Width);
        _narrow = Buffer(capacity, layers.Max(layer => Math.Max(layer.Self.Output.Stride, layer.FeedForward.Down.Stride)));
        _wide = Buffer(capacity, layers.Max(layer => Math.Max(layer.Self.Projections.Stride, layer.FeedForward.Up.Stride)));
        // The whole step is a list of phases over memory that never moves.
        for (int i = 0; i < layers.Count; i++)
        {
            PlanSelf(layers[i].Self, rows);
            if (layers[i].Cross is { } cross)
            {
                PlanCross(cross, i);
            }
            PlanFeedForward(layers[i].FeedForward);
        }
    }

    /// <summary>Rows of the latest step <c>[R, D]</c>: those of the last layer.</summary>
    public float* X => _x.Pointer;

    /// <summary>Starts a row anew on some text states.</summary>
    /// <inheritdoc cref="IStepDecoder.Enter"/>
    public void Enter(int row, float[] states, int tokens)
    {
        Leave(row);
        if (_sizes.HasPrefix)
        {
            return;
        }
        CrossText text = Array.Find(_texts, other => other is not null && other.IsOf(states, tokens)) ?? new(_layers, _sizes, states, tokens);
        text.Readers++;
        _texts[row] = text;
    }

    /// <summary>Whether a row can be stepped: it has a text, where one is attended to.</summary>
    public bool Knows(int row) => _sizes.HasPrefix || _texts[row] is not null;

    /// <summary>Text tokens that a row attends to.</summary>
    public int TextTokens(int row) => _texts[row]!.Tokens;

    /// <summary>Has the row's steps recorded until it is entered anew.</summary>
    public void Record(int row, AttentionRecord record) => _records[row] = record;

    /// <summary>Empties every row.</summary>
    public void Clear()
    {
        for (int row = 0; row < _texts.Length; row++)
        {
            Leave(row);
        }
    }

    /// <summary>Runs the layers.</summary>
    /// <param name="rows">The step's rows.</param>
    /// <param name="x">Inputs of the first layer <c>[R, D]</c>.</param>
    public void Step(ReadOnlySpan<StepRow> rows, float* x)
    {
        new ReadOnlySpan<float>(x, rows.Length * _sizes.Width).CopyTo(new Span<float>(_x.Pointer, rows.Length * _sizes.Width));
        _state.Renew(rows);
        foreach (Phase phase in _phases)
        {
            _team.Run(phase);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Clear();
        _owned.ForEach(owned => owned.Dispose());
    }

    void Leave(int row)
    {
        if (_texts[row] is { } text && --text.Readers == 0)
        {
            text.Dispose();
        }
        (_texts[row], _records[row]) = (null, null);
    }

    void PlanSelf(SelfAttentionWeights weights, int rows)
    {
        int stride = weights.Projections.Stride;
        long cache = (long)rows * _sizes.KeyValueHeads * _sizes.Places * _sizes.HeadWidth;
        NativeFloats keys = Own(new NativeFloats(cache)), values = Own(new NativeFloats(cache));
        Norm(weights.Norm);
        Product(weights.Projections, _normal, _sizes.Width, _wide);
        if (_rotary is not null)
        {
            _phases.Add(new RotaryPhase(_state, _rotary, _sizes.Heads + _sizes.KeyValueHeads, _wide, stride));
        }
        _phases.Add(new StorePhase(_state, _sizes, _wide, stride, keys, values));
        _phases.Add(Own(new SelfAttentionPhase(_state, _sizes, _team.Threads, _wide, stride, keys, values, _mixed)));
        AddOutput(weights.Output, _mixed, _sizes.Width, weights.LastNorm);
    }

    void PlanCross(CrossAttentionWeights weights, int layer)
    {
        Norm(weights.Norm);
        Product(weights.Query, _normal, _sizes.Width, _narrow);
        _phases.Add(Own(new CrossAttentionPhase(_state, _sizes, _team.Threads, layer, _narrow, weights.Query.Stride, _texts, _records, _mixed)));
        AddOutput(weights.Output, _mixed, _sizes.Width, weights.LastNorm);
    }

    void PlanFeedForward(FeedForwardWeights weights)
    {
        int stride = weights.Up.Stride, hidden = weights.Down.Inputs;
        Norm(weights.Norm);
        Product(weights.Up, _normal, _sizes.Width, _wide, weights.Kind == FeedForwardKind.Rectified ? ProductUse.Rectify : ProductUse.Keep);
        if (weights.Kind != FeedForwardKind.Rectified)
        {
            _phases.Add(new GatePhase(_state, weights.Kind, _wide, stride, hidden));
        }
        if (weights.HiddenNorm is { } norm)
        {
            _phases.Add(new NormPhase(_state, norm, _wide, stride, _wide, stride));
        }
        AddOutput(weights.Down, _wide, stride, null);
    }

    void Norm(NormWeights norm) => _phases.Add(new NormPhase(_state, norm, _x.Pointer, _sizes.Width, _normal, _sizes.Width));

    // The last matrix of a residual branch.
    void AddOutput(PackedMatrix matrix, float* from, int stride, NormWeights? norm)
    {
        Product(matrix, from, stride, _narrow, norm is null ? ProductUse.Add : ProductUse.Keep);
        if (norm is not null)
        {
            _phases.Add(new AddNormPhase(_state, norm, _narrow, matrix.Stride, _x.Pointer));
        }
    }

    void Product(PackedMatrix matrix, float* from, int stride, float* to, ProductUse use = ProductUse.Keep) =>
        _phases.Add(new ProductPhase(_state, _team.Threads, matrix, from, stride, to, use, _x.Pointer));

    float* Buffer(int rows, int width) => Own(new NativeFloats((long)rows * width)).Pointer;

    T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }
}

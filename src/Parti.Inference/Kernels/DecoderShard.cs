using Parti.Inference.Execution;
using Parti.Models.Checkpoints;

namespace Parti.Inference.Kernels;

/// <summary>
/// Neighbouring layers of a decoder with their KV caches. Rows go in as <c>[R, D]</c> and come out as <c>[R, D]</c>, so that the next
/// layers may be anywhere; where the decoder is cut changes no bit.
/// Legend: R rows of a step, D width, F feed-forward width, H heads, E head width, N image tokens.
/// </summary>
sealed unsafe class DecoderShard : IDisposable
{
    readonly IReadOnlyList<LayerWeights> _layers;
    readonly TransformerArchitecture _sizes;
    readonly KernelTeam _team;
    readonly StepState _state;
    readonly CrossText?[] _texts;
    readonly List<Phase> _phases = [];
    readonly List<IDisposable> _owned = [];
    readonly NativeFloats _x;

    /// <summary>Allocates caches and plans the step.</summary>
    /// <param name="layers">The layers; not owned.</param>
    /// <param name="sizes">Sizes of the whole decoder.</param>
    /// <param name="rows">Rows of the caches.</param>
    /// <param name="capacity">Most rows of a step.</param>
    /// <param name="team">Threads that share a step.</param>
    public DecoderShard(IReadOnlyList<LayerWeights> layers, TransformerArchitecture sizes, int rows, int capacity, KernelTeam team)
    {
        (_layers, _sizes, _team) = (layers, sizes, team);
        (_state, _texts) = (new(sizes.Width, capacity), new CrossText?[rows]);
        _x = Own(new NativeFloats((long)capacity * sizes.Width));
        Plan(rows, capacity);
    }

    /// <summary>Rows of the latest step <c>[R, D]</c>: those of the last layer.</summary>
    public float* X => _x.Pointer;

    /// <summary>Starts a row anew on some text states.</summary>
    /// <inheritdoc cref="IStepDecoder.Enter"/>
    public void Enter(int row, float[] states, int tokens)
    {
        Leave(row);
        CrossText text = Array.Find(_texts, other => other is not null && other.IsOf(states, tokens)) ?? new(_layers, _sizes, states, tokens);
        text.Readers++;
        _texts[row] = text;
    }

    /// <summary>Runs the layers.</summary>
    /// <param name="rows">The step's rows.</param>
    /// <param name="x">Inputs of the first layer <c>[R, D]</c>.</param>
    public void Step(ReadOnlySpan<DecodeRow> rows, float* x)
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
        for (int row = 0; row < _texts.Length; row++)
        {
            Leave(row);
        }
        _owned.ForEach(owned => owned.Dispose());
    }

    void Leave(int row)
    {
        if (_texts[row] is { } text && --text.Readers == 0)
        {
            text.Dispose();
        }
        _texts[row] = null;
    }

    // The whole step as a list of phases over memory that never moves.
    void Plan(int rows, int capacity)
    {
        int d = _sizes.Width;
        LayerWeights first = _layers[0];
        float* normal = Buffer(capacity, d), mixed = Buffer(capacity, d), narrow = Buffer(capacity, first.SelfOutput.Stride);
        float* wide = Buffer(capacity, Math.Max(first.SelfProjections.Stride, first.Up.Stride));
        for (int i = 0; i < _layers.Count; i++)
        {
            LayerWeights layer = _layers[i];
            NativeFloats keys = Own(new NativeFloats((long)rows * _sizes.ImageTokens * d)), values = Own(new NativeFloats((long)rows * _sizes.ImageTokens * d));
            Norm(layer.SelfNorm, normal);
            Product(layer.SelfProjections, normal, d, wide);
            _phases.Add(new StorePhase(_state, _sizes, wide, layer.SelfProjections.Stride, keys, values));
            _phases.Add(Own(new SelfAttentionPhase(_state, _sizes, _team.Threads, wide, layer.SelfProjections.Stride, keys, values, mixed)));
            Product(layer.SelfOutput, mixed, d, narrow, ProductUse.Add);
            Norm(layer.CrossNorm, normal);
            Product(layer.CrossQuery, normal, d, narrow);
            _phases.Add(Own(new CrossAttentionPhase(_state, _sizes, _team.Threads, i, narrow, layer.CrossQuery.Stride, _texts, mixed)));
            Product(layer.CrossOutput, mixed, d, narrow, ProductUse.Add);
            Norm(layer.MlpNorm, normal);
            Product(layer.Up, normal, d, wide, ProductUse.Rectify);
            Product(layer.Down, wide, layer.Up.Stride, narrow, ProductUse.Add);
        }
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

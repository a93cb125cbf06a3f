using Parti.Inference.Execution;

namespace Parti.Inference.Kernels;

/// <summary>Cross-attention keys and values of one text in some layers, shared by all rows that read it.</summary>
sealed unsafe class CrossText : IDisposable
{
    readonly NativeFloats _values;
    readonly float[] _states;
    readonly int _heads, _headWidth;

    /// <summary>Projects text states.</summary>
    /// <param name="layers">Layers that attend to it.</param>
    /// <param name="sizes">Sizes.</param>
    /// <param name="states">States <c>[T, D]</c>, row-major.</param>
    /// <param name="tokens">T, at least 1.</param>
    public CrossText(IReadOnlyList<LayerWeights> layers, DecoderSizes sizes, float[] states, int tokens)
    {
        (_states, Tokens, _heads, _headWidth) = (states, tokens, sizes.Heads, sizes.HeadWidth);
        _values = new(2L * layers.Count * tokens * sizes.Width);
        using NativeFloats products = new((long)tokens * layers[0].Cross!.Text.Stride);
        for (int layer = 0; layer < layers.Count; layer++)
        {
            Project(layers[layer].Cross!.Text, products.Pointer);
            Split(products.Pointer, layers[layer].Cross!.Text.Stride, Keys(layer, 0));
        }
    }

    /// <summary>T.</summary>
    public int Tokens { get; }

    /// <summary>Rows that read it.</summary>
    public int Readers { get; set; }

    /// <summary>Whether it was made from these states.</summary>
    public bool IsOf(float[] states, int tokens) => tokens == Tokens && (ReferenceEquals(states, _states) || states.AsSpan().SequenceEqual(_states));

    /// <summary>Keys <c>[T, E]</c> of a head.</summary>
    public float* Keys(int layer, int head) => _values.Pointer + ((2L * layer * _heads) + head) * Tokens * _headWidth;

    /// <summary>Values <c>[T, E]</c> of a head.</summary>
    public float* Values(int layer, int head) => Keys(layer, head + _heads);

    /// <inheritdoc />
    public void Dispose() => _values.Dispose();

    void Project(PackedMatrix matrix, float* products)
    {
        fixed (float* states = _states)
        {
            for (int panel = 0; panel < matrix.Panels; panel++)
            {
                PanelProduct.Multiply(matrix, panel, states, matrix.Inputs, Tokens, products);
            }
        }
    }

    // [T, 2, H, E] to [2, H, T, E]: a head's keys one after another.
    void Split(float* products, int stride, float* to)
    {
        for (int token = 0; token < Tokens; token++)
        {
            for (int head = 0; head < 2 * _heads; head++)
            {
                float* from = products + (long)token * stride + (long)head * _headWidth;
                new ReadOnlySpan<float>(from, _headWidth).CopyTo(new Span<float>(to + ((long)head * Tokens + token) * _headWidth, _headWidth));
            }
        }
    }
}

/// <summary>Attends over the text of each row.</summary>
/// <param name="state">The step.</param>
/// <param name="sizes">Sizes.</param>
/// <param name="threads">Threads that run parts.</param>
/// <param name="layer">Layer, counted from the first that the texts were projected for.</param>
/// <param name="queries">Queries, <paramref name="stride"/> apart.</param>
/// <param name="stride">Floats between rows of queries.</param>
/// <param name="texts">Text of each row of the caches.</param>
/// <param name="records">What is to be told the weights of each row of the caches.</param>
/// <param name="to">Results <c>[R, D]</c>.</param>
sealed unsafe class CrossAttentionPhase(
    StepState state, DecoderSizes sizes, int threads, int layer, float* queries, int stride, CrossText?[] texts, AttentionRecord?[] records, float* to)
    : AttentionPhase(state, sizes.Heads, sizes.MaxTextTokens, threads, to)
{
    protected override int Keys
    {
        get
        {
            int most = 0;
            for (int row = 0; row < State.Rows; row++)
            {
                most = Math.Max(most, texts[State.CacheRows[row]]!.Tokens);
            }
            return most;
        }
    }

    protected override void Attend(int row, int head, bool more, float* scores, float* result)
    {
        CrossText text = texts[State.CacheRows[row]]!;
        float* values = text.Values(layer, head), next = text.Keys(layer, more ? head + 1 : head);
        Score(queries + (long)row * stride + (long)head * HeadWidth, text.Keys(layer, head), values, text.Tokens, scores);
        Weigh(scores, text.Tokens);
        records[State.CacheRows[row]]?.Add(head, State.Places[row], new ReadOnlySpan<float>(scores, text.Tokens));
        new Span<float>(result, HeadWidth).Clear();
        RowMath.Mix(scores, values, next, text.Tokens, HeadWidth, result);
    }
}

using Parti.Models.Checkpoints;

namespace Parti.Inference.Kernels;

/// <summary>
/// Puts the keys and values of every row into the caches before any row attends: a row at several positions sees its own earlier ones.
/// </summary>
/// <inheritdoc cref="SelfAttentionPhase" path="/param"/>
sealed unsafe class StorePhase(StepState state, DecoderSizes sizes, float* projections, int stride, NativeFloats keys, NativeFloats values) : Phase
{
    public override int Parts => state.Rows;

    // Each head of a row writes to a page of its own.
    const int LeastShared = 8;

    public override bool Shared => state.Rows >= LeastShared;

    public override void Run(int part, int thread)
    {
        int headWidth = sizes.HeadWidth;
        float* from = projections + (long)part * stride;
        int heads = sizes.KeyValueHeads;
        for (int head = 0; head < heads; head++)
        {
            long at = (((long)state.CacheRows[part] * heads + head) * sizes.Places + state.Places[part]) * headWidth;
            Copy(from + sizes.Width + head * headWidth, keys.Pointer + at, headWidth);
            Copy(from + sizes.Width + (heads + head) * headWidth, values.Pointer + at, headWidth);
        }
    }

    static void Copy(float* from, float* to, int count) => new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(to, count));
}

/// <summary>Attends over the places so far that the architecture shows: image tokens, after the prefix in decoders that have one.</summary>
/// <param name="state">The step.</param>
/// <param name="sizes">Heads, grid and attention kind.</param>
/// <param name="threads">Threads that run parts.</param>
/// <param name="projections">Queries, keys and values <c>[R, D + 2 G E]</c>.</param>
/// <param name="stride">Floats between their rows.</param>
/// <param name="keys">Cache <c>[rows, G, L, E]</c>: G heads of keys and values, L places.</param>
/// <param name="values">Cache <c>[rows, G, L, E]</c>.</param>
/// <param name="to">Results <c>[R, D]</c>.</param>
sealed unsafe class SelfAttentionPhase(
    StepState state, DecoderSizes sizes, int threads, float* projections, int stride, NativeFloats keys, NativeFloats values, float* to)
    : AttentionPhase(state, sizes.Heads, sizes.Places, threads, to)
{
    protected override int Keys => State.FarthestPlace + 1;

    protected override void Attend(int row, int head, bool more, float* scores, float* result)
    {
        int position = State.Places[row];
        float* query = projections + (long)row * stride + (long)head * HeadWidth;
        float* headKeys = keys.Pointer + Cache(row, head), headValues = values.Pointer + Cache(row, head);
        int count = 0;
        for (int run = FirstRun(position); run <= position; run = NextRun(run))
        {
            (int first, int length) = Shown(run, position);
            Score(query, headKeys + (long)first * HeadWidth, headValues + (long)first * HeadWidth, length, scores + count);
            count += length;
        }
        Weigh(scores, count);
        new Span<float>(result, HeadWidth).Clear();
        float* next = more ? keys.Pointer + Cache(row, head + 1) : headKeys;
        count = 0;
        for (int run = FirstRun(position); run <= position; run = NextRun(run))
        {
            (int first, int length) = Shown(run, position);
            RowMath.Mix(scores + count, headValues + (long)first * HeadWidth, next + (long)first * HeadWidth, length, HeadWidth, result);
            count += length;
        }
    }

    long Cache(int row, int head) => ((long)State.CacheRows[row] * sizes.KeyValueHeads + head / sizes.HeadsPerKey) * sizes.Places * HeadWidth;

    bool Dense => sizes.Attention == AttentionKind.Dense;

    // Dense attention is one run from the first token; the convolution's window is one run in each row of the grid it reaches.
    int FirstRun(int position) => Dense ? 0 : Math.Max(0, position / sizes.GridWidth - sizes.Kernel / 2) * sizes.GridWidth;

    int NextRun(int run) => Dense ? int.MaxValue : run + sizes.GridWidth;

    (int First, int Length) Shown(int run, int position)
    {
        if (Dense)
        {
            return (0, position + 1);
        }
        int column = position % sizes.GridWidth, reach = sizes.Kernel / 2;
        int first = run + Math.Max(0, column - reach), last = run + Math.Min(sizes.GridWidth - 1, column + reach);
        return (first, Math.Min(last, position) - first + 1);
    }
}

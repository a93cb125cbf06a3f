using Parti.Models.Checkpoints;

namespace Parti.Inference.Kernels;

/// <summary>Stores the step's keys and values, then attends over the image tokens so far that the architecture shows.</summary>
/// <param name="state">The step.</param>
/// <param name="sizes">Heads, grid and attention kind.</param>
/// <param name="threads">Threads that run parts.</param>
/// <param name="projections">Queries, keys and values <c>[R, 3 D]</c>.</param>
/// <param name="stride">Floats between their rows.</param>
/// <param name="keys">Cache <c>[rows, H, N, E]</c>.</param>
/// <param name="values">Cache <c>[rows, H, N, E]</c>.</param>
/// <param name="to">Results <c>[R, D]</c>.</param>
sealed unsafe class SelfAttentionPhase(
    StepState state, TransformerArchitecture sizes, int threads, float* projections, int stride, NativeFloats keys, NativeFloats values, float* to)
    : AttentionPhase(state, sizes.Heads, sizes.ImageTokens, threads, to)
{
    protected override void Attend(int row, int head, float* scores, float* result)
    {
        int position = State.Positions[row];
        float* query = projections + (long)row * stride + (long)head * HeadWidth;
        long cache = ((long)State.CacheRows[row] * sizes.Heads + head) * sizes.ImageTokens * HeadWidth;
        float* headKeys = keys.Pointer + cache, headValues = values.Pointer + cache;
        Store(query + State.Width, headKeys + (long)position * HeadWidth);
        Store(query + 2 * State.Width, headValues + (long)position * HeadWidth);
        int count = 0;
        for (int run = FirstRun(position); run <= position; run = NextRun(run))
        {
            (int first, int length) = Shown(run, position);
            Score(query, headKeys + (long)first * HeadWidth, length, scores + count);
            count += length;
        }
        float sum = RowMath.Exponentials(scores, count);
        new Span<float>(result, HeadWidth).Clear();
        count = 0;
        for (int run = FirstRun(position); run <= position; run = NextRun(run))
        {
            (int first, int length) = Shown(run, position);
            Mix(scores + count, sum, headValues + (long)first * HeadWidth, length, result);
            count += length;
        }
    }

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

    void Store(float* from, float* at) => new ReadOnlySpan<float>(from, HeadWidth).CopyTo(new Span<float>(at, HeadWidth));
}

using System.Runtime.Intrinsics;

namespace Parti.Inference.Kernels;

/// <summary>Attention of neighbouring heads of one row a part: over the row's earlier image tokens, or over its text.</summary>
/// <param name="state">The step.</param>
/// <param name="heads">H.</param>
/// <param name="mostKeys">Keys that a head can see at most.</param>
/// <param name="threads">Threads that run parts.</param>
/// <param name="to">Results <c>[R, D]</c>.</param>
abstract unsafe class AttentionPhase(StepState state, int heads, int mostKeys, int threads, float* to) : Phase, IDisposable
{
    const long LeastShared = 20_000;

    // So many parts a thread, where there are, keep all threads busy to the end.
    const int PartsOfThread = 8;

    readonly NativeFloats _scores = new((long)threads * Padded(mostKeys));

    protected StepState State { get; } = state;

    protected int HeadWidth { get; } = state.Width / heads;

    public override int Parts => State.Rows * (heads / Together);

    public override bool Shared => 2L * State.Rows * State.Width * Keys >= LeastShared;

    /// <summary>Keys that a head of the step sees at most: a measure of its work.</summary>
    protected abstract int Keys { get; }

    // Heads of a part: while one is computed the next one's keys are on their way from memory.
    int Together
    {
        get
        {
            int together = 1;
            while (heads % (2 * together) == 0 && State.Rows * (heads / (2 * together)) >= PartsOfThread * threads)
            {
                together *= 2;
            }
            return together;
        }
    }

    public override void Run(int part, int thread)
    {
        int together = Together, parts = heads / together, row = part / parts, first = part % parts * together;
        float* scores = _scores.Pointer + (long)thread * Padded(mostKeys), result = to + (long)row * State.Width;
        for (int head = first; head < first + together; head++)
        {
            Attend(row, head, head + 1 < first + together, scores, result + (long)head * HeadWidth);
        }
    }

    public void Dispose() => _scores.Dispose();

    /// <summary>One head of one row.</summary>
    /// <param name="row">Row of the step.</param>
    /// <param name="head">Head.</param>
    /// <param name="more">Whether the next head follows at once.</param>
    /// <param name="scores">Scratch.</param>
    /// <param name="result">The head's result <c>[E]</c>.</param>
    protected abstract void Attend(int row, int head, bool more, float* scores, float* result);

    /// <summary>Scores of a run of neighbouring keys.</summary>
    /// <param name="query"><c>[E]</c>.</param>
    /// <param name="keys"><c>[count, E]</c>.</param>
    /// <param name="values">Values of these keys, asked for meanwhile.</param>
    /// <param name="count">Keys.</param>
    /// <param name="scores"><c>[count]</c>.</param>
    protected void Score(float* query, float* keys, float* values, int count, float* scores)
    {
        float scale = 1 / MathF.Sqrt(HeadWidth);
        for (int i = 0; i < count; i++, keys += HeadWidth, values += HeadWidth)
        {
            CacheLines.Ask(values, HeadWidth);
            scores[i] = RowMath.Dot(query, keys, HeadWidth) * scale;
        }
    }

    /// <summary>Scores to weights that add up to 1.</summary>
    protected static void Weigh(float* scores, int count)
    {
        Vector256<float> sum = Vector256.Create(RowMath.Exponentials(scores, count));
        for (int i = 0; i < count; i += Vector256<float>.Count)
        {
            (Vector256.Load(scores + i) / sum).Store(scores + i);
        }
    }

    // The exponentials work on whole vectors.
    static int Padded(int count) => (count + 15) / 16 * 16;
}

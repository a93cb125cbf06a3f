namespace Parti.Inference.Kernels;

/// <summary>What becomes of a product.</summary>
enum ProductUse
{
    /// <summary>It is the result.</summary>
    Keep,

    /// <summary>Negative values become 0.</summary>
    Rectify,

    /// <summary>It is added to another array.</summary>
    Add,
}

/// <summary>One row normalised a part.</summary>
sealed unsafe class NormPhase(StepState state, float* from, NativeFloats scale, NativeFloats shift, float* to) : Phase
{
    public override int Parts => state.Rows;

    public override bool Shared => false;

    public override void Run(int part, int thread)
    {
        long at = (long)part * state.Width;
        RowMath.Normalize(from + at, scale.Pointer, shift.Pointer, state.Width, to + at);
    }
}

/// <summary>Rows times a matrix, one panel a part.</summary>
/// <param name="state">How many rows.</param>
/// <param name="matrix">Weights <c>[N, K]</c>.</param>
/// <param name="from">Rows <c>[R, K]</c>.</param>
/// <param name="stride">Floats between them.</param>
/// <param name="to">Products, the matrix's stride apart.</param>
/// <param name="use">What becomes of them.</param>
/// <param name="sum">With <see cref="ProductUse.Add"/>: where they are added, <c>[R, N]</c> without padding.</param>
sealed unsafe class ProductPhase(StepState state, PackedMatrix matrix, float* from, int stride, float* to, ProductUse use = ProductUse.Keep, float* sum = null) : Phase
{
    // Fewer multiply-adds are done sooner than shared.
    const long LeastShared = 100_000;

    public override int Parts => matrix.Panels;

    public override bool Shared => (long)state.Rows * matrix.Inputs * matrix.Outputs >= LeastShared;

    public override void Run(int part, int thread)
    {
        PanelProduct.Multiply(matrix, part, from, stride, state.Rows, to);
        if (use == ProductUse.Keep)
        {
            return;
        }
        int first = part * PackedMatrix.PanelWidth, count = Math.Min(PackedMatrix.PanelWidth, matrix.Outputs - first);
        for (int row = 0; row < state.Rows; row++)
        {
            float* products = to + (long)row * matrix.Stride + first;
            if (use == ProductUse.Rectify)
            {
                RowMath.Rectify(products, count);
            }
            else
            {
                RowMath.Add(sum + (long)row * matrix.Outputs + first, products, count);
            }
        }
    }
}

/// <summary>Attention of one head of one row a part: over the row's earlier image tokens, or over its text.</summary>
abstract unsafe class AttentionPhase(StepState state, int heads, int mostKeys, int threads, float* to) : Phase, IDisposable
{
    const long LeastShared = 20_000;

    readonly NativeFloats _scores = new((long)threads * Padded(mostKeys));

    protected StepState State { get; } = state;

    protected int HeadWidth { get; } = state.Width / heads;

    public override int Parts => State.Rows * heads;

    public override bool Shared => 2L * State.Rows * State.Width * State.FarthestPosition >= LeastShared;

    public override void Run(int part, int thread)
    {
        int row = part / heads, head = part % heads;
        Attend(row, head, _scores.Pointer + (long)thread * Padded(mostKeys), to + (long)row * State.Width + (long)head * HeadWidth);
    }

    public void Dispose() => _scores.Dispose();

    protected abstract void Attend(int row, int head, float* scores, float* result);

    /// <summary>Scores of a run of neighbouring keys.</summary>
    protected void Score(float* query, float* keys, int count, float* scores)
    {
        float scale = 1 / MathF.Sqrt(HeadWidth);
        for (int i = 0; i < count; i++)
        {
            scores[i] = RowMath.Dot(query, keys + (long)i * HeadWidth, HeadWidth) * scale;
        }
    }

    /// <summary>Adds a run of neighbouring values, weighted.</summary>
    protected void Mix(float* weights, float sum, float* values, int count, float* result)
    {
        for (int i = 0; i < count; i++)
        {
            RowMath.AddScaled(result, values + (long)i * HeadWidth, weights[i] / sum, HeadWidth);
        }
    }

    // The exponentials work on whole vectors.
    static int Padded(int count) => (count + 15) / 16 * 16;
}

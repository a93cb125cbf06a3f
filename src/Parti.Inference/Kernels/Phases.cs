namespace Parti.Inference.Kernels;

/// <summary>What becomes of a product.</summary>
enum ProductUse
{
    /// <summary>It is the result.</summary>
    Keep,

    /// <summary>Negative values become 0.</summary>
    Rectify,

    /// <summary>Values go through a GELU.</summary>
    Gelu,

    /// <summary>It is added to another array.</summary>
    Add,
}

/// <summary>One row normalised a part.</summary>
/// <param name="state">How many rows.</param>
/// <param name="norm">Over W.</param>
/// <param name="from">Rows <c>[R, W]</c>.</param>
/// <param name="stride">Floats between them.</param>
/// <param name="to">Results <c>[R, W]</c>; may be <paramref name="from"/>.</param>
/// <param name="resultStride">Floats between them.</param>
sealed unsafe class NormPhase(StepState state, NormWeights norm, float* from, int stride, float* to, int resultStride) : Phase
{
    // Fewer floats are done sooner than shared.
    const int LeastShared = 16_000;

    public override int Parts => state.Rows;

    public override bool Shared => state.Rows * norm.Width >= LeastShared;

    public override void Run(int part, int thread) => norm.Apply(from + (long)part * stride, to + (long)part * resultStride);
}

/// <summary>One row a part: normalised where it is, then added to another.</summary>
/// <param name="state">How many rows.</param>
/// <param name="norm">Over D.</param>
/// <param name="from">Rows <c>[R, D]</c>; changed.</param>
/// <param name="stride">Floats between them.</param>
/// <param name="sum">Where they are added <c>[R, D]</c>.</param>
sealed unsafe class AddNormPhase(StepState state, NormWeights norm, float* from, int stride, float* sum) : Phase
{
    public override int Parts => state.Rows;

    public override bool Shared => false;

    public override void Run(int part, int thread)
    {
        float* row = from + (long)part * stride;
        norm.Apply(row, row);
        RowMath.Add(sum + (long)part * norm.Width, row, norm.Width);
    }
}

/// <summary>One row a part: its first F numbers through a GELU or SiLU, times the F after them, kept in the first.</summary>
/// <param name="state">How many rows.</param>
/// <param name="kind">Which of the two.</param>
/// <param name="rows">Rows <c>[R, 2 F]</c>.</param>
/// <param name="stride">Floats between them.</param>
/// <param name="hidden">F.</param>
sealed unsafe class GatePhase(StepState state, FeedForwardKind kind, float* rows, int stride, int hidden) : Phase
{
    // An exponential and a polynomial each: fewer are done sooner than shared.
    const int LeastShared = 2_000;

    public override int Parts => state.Rows;

    public override bool Shared => (long)state.Rows * hidden >= LeastShared;

    public override void Run(int part, int thread)
    {
        float* row = rows + (long)part * stride;
        if (kind == FeedForwardKind.SiluGated)
        {
            Activations.GateBySilu(row, row + hidden, hidden);
        }
        else
        {
            Activations.GateByGelu(row, row + hidden, hidden);
        }
    }
}

/// <summary>Rows times a matrix, one panel a part.</summary>
/// <param name="state">How many rows.</param>
/// <param name="threads">Threads that share the panels.</param>
/// <param name="matrix">Weights <c>[N, K]</c>.</param>
/// <param name="from">Rows <c>[R, K]</c>.</param>
/// <param name="stride">Floats between them.</param>
/// <param name="to">Products, the matrix's stride apart.</param>
/// <param name="use">What becomes of them.</param>
/// <param name="sum">With <see cref="ProductUse.Add"/>: where they are added, <c>[R, N]</c> without padding.</param>
/// <param name="bias">Added to every row's products first <c>[N]</c>; null for none.</param>
sealed unsafe class ProductPhase(
    StepState state, int threads, PackedMatrix matrix, float* from, int stride, float* to, ProductUse use = ProductUse.Keep, float* sum = null, NativeFloats? bias = null) : Phase
{
    // Fewer multiply-adds are done sooner than shared.
    const long LeastShared = 100_000;

    public override int Parts => matrix.Panels;

    public override bool Shared => (long)state.Rows * matrix.Inputs * matrix.Outputs >= LeastShared;

    public override void Run(int part, int thread)
    {
        PanelProduct.Multiply(matrix, part, from, stride, state.Rows, to, Shared ? threads : 1);
        if (use == ProductUse.Keep && bias is null)
        {
            return;
        }
        int first = part * PackedMatrix.PanelWidth, count = Math.Min(PackedMatrix.PanelWidth, matrix.Outputs - first);
        for (int row = 0; row < state.Rows; row++)
        {
            float* products = to + (long)row * matrix.Stride + first;
            if (bias is not null)
            {
                RowMath.Add(products, bias.Pointer + first, count);
            }
            if (use == ProductUse.Rectify)
            {
                RowMath.Rectify(products, count);
            }
            else if (use == ProductUse.Gelu)
            {
                Activations.Gelu(products, count);
            }
            else if (use == ProductUse.Add)
            {
                RowMath.Add(sum + (long)row * matrix.Outputs + first, products, count);
            }
        }
    }
}

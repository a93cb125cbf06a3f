using System.Runtime.Intrinsics;

namespace Parti.Inference.Kernels.Pictures;

/// <summary>
/// A 1x1 or 3x3 convolution as one product: each output's neighbours are put side by side. For kernels of one cell, and for so many
/// channels that the transformed weights of <see cref="WinogradConvolution"/> would take more memory than the time they save is worth.
/// </summary>
sealed unsafe class DirectConvolution : Convolution
{
    // Rows of a part: the weights, which come from memory, are read once for each part.
    private const int Rows = 64;

    private readonly PackedMatrix _matrix;
    private readonly int _edge;

    /// <summary>Lays out the weights.</summary>
    /// <param name="inputs">Channels C.</param>
    /// <param name="edge">Edge of the kernel, 1 or 3.</param>
    /// <param name="weights"><c>[K, C, edge, edge]</c>.</param>
    /// <param name="bias"><c>[K]</c>.</param>
    public DirectConvolution(int inputs, int edge, float[] weights, float[] bias)
        : base(inputs, bias.Length, bias)
    {
        int cells = edge * edge;
        float[] rows = new float[weights.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            int cell = i % cells, channel = i / cells % inputs, output = i / cells / inputs;
            rows[(output * cells + cell) * inputs + channel] = weights[i];
        }
        (_matrix, _edge) = (new(cells * inputs, Models.Checkpoints.WeightFormat.Float32, rows), edge);
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        _matrix.Dispose();
        base.Dispose();
    }

    /// <inheritdoc />
    protected override ConvolutionPhase Phase(int threads, FeatureMap from, FeatureMap to, bool adds, bool doubled) =>
        new RowsPhase(this, from, to, adds, doubled, threads);

    private sealed class RowsPhase(DirectConvolution layer, FeatureMap from, FeatureMap to, bool adds, bool doubled, int threads)
        : ConvolutionPhase(from, to, doubled, threads, (long)Rows * (layer._matrix.Inputs + layer._matrix.Stride))
    {
        public override int Parts => (To.Cells + Rows - 1) / Rows;

        public override void Run(int part, int thread)
        {
            PackedMatrix matrix = layer._matrix;
            int first = part * Rows, count = Math.Min(Rows, To.Cells - first);
            float* gathered = Scratch(thread), products = gathered + (long)Rows * matrix.Inputs;
            for (int i = 0; i < count; i++)
            {
                Gather(first + i, gathered + (long)i * matrix.Inputs);
            }
            for (int panel = 0; panel < matrix.Panels; panel++)
            {
                PanelProduct.Multiply(matrix, panel, gathered, matrix.Inputs, count, products);
            }
            for (int i = 0; i < count; i++)
            {
                Finish(products + (long)i * matrix.Stride, To.Cell(first + i));
            }
        }

        private void Gather(int cell, float* to)
        {
            int reach = layer._edge / 2, row = cell / To.Width, column = cell % To.Width;
            for (int down = -reach; down <= reach; down++)
            {
                for (int right = -reach; right <= reach; right++, to += layer.Inputs)
                {
                    new ReadOnlySpan<float>(Neighbour(row + down, column + right), layer.Inputs).CopyTo(new(to, layer.Inputs));
                }
            }
        }

        private void Finish(float* products, float* to)
        {
            for (int c = 0; c < To.Stride; c += 8)
            {
                Vector256<float> sum = Vector256.Load(products + c) + Vector256.Load(layer.Bias + c);
                (adds ? Vector256.Load(to + c) + sum : sum).Store(to + c);
            }
        }
    }
}

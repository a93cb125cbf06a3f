using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Parti.Models.Checkpoints;

namespace Parti.Inference.Kernels.Pictures;

/// <summary>A 3x3 convolution by <see cref="WinogradTransform"/>: a quarter of the multiplications, four times the weights.</summary>
sealed unsafe class WinogradConvolution : Convolution
{
    private const int Edge = WinogradTransform.Edge, Reach = WinogradTransform.Reach, Products = WinogradTransform.Products;

    // Tiles of a part: one product's factors, weights and results of a common layer stay in the second cache.
    private const int MostTiles = 64;

    private readonly PackedMatrix[] _matrices = new PackedMatrix[Products];

    /// <summary>Lays out the weights.</summary>
    /// <param name="inputs">Channels C.</param>
    /// <param name="weights"><c>[K, C, 3, 3]</c>.</param>
    /// <param name="bias"><c>[K]</c>.</param>
    public WinogradConvolution(int inputs, float[] weights, float[] bias)
        : base(inputs, bias.Length, bias)
    {
        float[] rows = new float[bias.Length * inputs];
        for (int product = 0; product < Products; product++)
        {
            for (int i = 0; i < rows.Length; i++)
            {
                rows[i] = WinogradTransform.Weight(weights.AsSpan(9 * i, 9), product);
            }
            _matrices[product] = new(inputs, WeightFormat.Float32, rows);
        }
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        foreach (PackedMatrix matrix in _matrices)
        {
            matrix.Dispose();
        }
        base.Dispose();
    }

    /// <inheritdoc />
    protected override ConvolutionPhase Phase(int threads, FeatureMap from, FeatureMap to, bool adds, bool doubled) =>
        new TilesPhase(this, from, to, adds, doubled, threads);

    private sealed class TilesPhase(WinogradConvolution layer, FeatureMap from, FeatureMap to, bool adds, bool doubled, int threads)
        : ConvolutionPhase(from, to, doubled, threads, (long)Products * MostTiles * (from.Stride + to.Stride))
    {
        private int TilesAcross => (To.Width + Edge - 1) / Edge;

        private int Tiles => TilesAcross * ((To.Height + Edge - 1) / Edge);

        // At least four parts where there is little to share.
        private int TilesAtOnce => Math.Clamp(Tiles / 4, 1, MostTiles);

        public override int Parts => (Tiles + TilesAtOnce - 1) / TilesAtOnce;

        public override void Run(int part, int thread)
        {
            int first = part * TilesAtOnce, count = Math.Min(TilesAtOnce, Tiles - first);
            float* factors = Scratch(thread), products = factors + (long)Products * MostTiles * From.Stride;
            for (int i = 0; i < count; i++)
            {
                Gather(first + i, factors + (long)i * From.Stride);
            }
            for (int product = 0; product < Products; product++)
            {
                PackedMatrix matrix = layer._matrices[product];
                for (int panel = 0; panel < matrix.Panels; panel++)
                {
                    PanelProduct.Multiply(
                        matrix, panel, factors + (long)product * MostTiles * From.Stride, From.Stride, count, products + (long)product * MostTiles * To.Stride);
                }
            }
            for (int i = 0; i < count; i++)
            {
                Finish(first + i, products + (long)i * To.Stride);
            }
        }

        private void Gather(int tile, float* to)
        {
            float** cells = stackalloc float*[Products];
            int top = tile / TilesAcross * Edge - 1, left = tile % TilesAcross * Edge - 1;
            for (int i = 0; i < Products; i++)
            {
                cells[i] = Neighbour(top + i / Reach, left + i % Reach);
            }
            WinogradTransform.Inputs(cells, From.Stride, to, (long)MostTiles * From.Stride);
        }

        [SkipLocalsInit]
        private void Finish(int tile, float* products)
        {
            float* outputs = stackalloc float[Edge * Edge * 8];
            int top = tile / TilesAcross * Edge, left = tile % TilesAcross * Edge;
            for (int c = 0; c < To.Stride; c += 8)
            {
                WinogradTransform.Outputs(products + c, (long)MostTiles * To.Stride, outputs);
                Vector256<float> bias = Vector256.Load(layer.Bias + c);
                for (int i = 0; i < Edge * Edge; i++)
                {
                    int row = top + i / Edge, column = left + i % Edge;
                    if (row < To.Height && column < To.Width)
                    {
                        float* to = To.Cell(row * To.Width + column) + c;
                        Vector256<float> sum = Vector256.Load(outputs + 8 * i) + bias;
                        (adds ? Vector256.Load(to) + sum : sum).Store(to);
                    }
                }
            }
        }
    }
}

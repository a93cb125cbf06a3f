using System.Runtime.CompilerServices;
using Parti.Models.Checkpoints;
using Parti.Models.Quantisation;

namespace Parti.Inference.Kernels;

/// <summary>
/// Rows times one panel of a <see cref="PackedMatrix"/>. In float32, output n of row r is
/// <c>fma(x[K-1], w[n, K-1], … fma(x[0], w[n, 0], 0))</c>: one chain in ascending order. In int8 each block of 128 inputs is such a chain
/// over whole numbers, and the output is <c>fma(scale, chain, …)</c> over the blocks, ascending. Either way the order is the same whatever
/// the number of rows, threads or the width of the machine's vectors, so that a row's bits depend on that row alone and are the same on
/// every machine. Compiled at full strength at once: the first picture ends before the runtime would compile it a second time.
/// </summary>
static unsafe class PanelProduct
{
    const int Width = PackedMatrix.PanelWidth;

    // So many inputs of a panel, 16 KiB of float32, stay in the first cache while every row passes over them.
    const int BlockInputs = Int8Blocks.Inputs;

    // From so many rows on it pays to turn a block of int8 into floats once, in place of once for every two rows.
    const int LeastRowsUnpacked = 3;

    /// <summary>Fills the panel's columns of every row.</summary>
    /// <param name="matrix">Weights.</param>
    /// <param name="panel">Panel, from 0.</param>
    /// <param name="x">Rows <c>[R, K]</c>.</param>
    /// <param name="stride">Floats from a row of <paramref name="x"/> to the next.</param>
    /// <param name="rows">R.</param>
    /// <param name="y">Results <c>[R, N]</c>, the matrix's <see cref="PackedMatrix.Stride"/> apart.</param>
    /// <param name="ahead">How many panels on the caller will go next: as many as threads take turns.</param>
    public static void Multiply(PackedMatrix matrix, int panel, float* x, int stride, int rows, float* y, int ahead = 1)
    {
        PanelRows row = new(x, stride, y + panel * Width, matrix.Stride, rows);
        // After the last panel there is nothing to ask for: a product that follows reads another matrix.
        int next = Math.Min(panel + ahead, matrix.Panels - 1);
        if (matrix.Format == WeightFormat.Int8)
        {
            MultiplyInt8(matrix, panel, next, row);
        }
        else
        {
            MultiplyFloat32(matrix, panel, next, row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void MultiplyFloat32(PackedMatrix matrix, int panel, int next, PanelRows rows)
    {
        float* weights = matrix.Panel(panel);
        for (int first = 0; first < matrix.Inputs; first += BlockInputs)
        {
            int count = Math.Min(BlockInputs, matrix.Inputs - first);
            float* block = weights + (long)first * Width;
            float* following = first + count < matrix.Inputs ? block + count * Width : matrix.Panel(next);
            Multiply<FloatWeights>(block, null, first, count, rows, (byte*)following, count * Width * sizeof(float));
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void MultiplyInt8(PackedMatrix matrix, int panel, int next, PanelRows rows)
    {
        float* unpacked = stackalloc float[BlockInputs * Width];
        sbyte* weights = matrix.PanelInt8(panel);
        float* scales = matrix.Scales(panel);
        for (int first = 0; first < matrix.Inputs; first += BlockInputs, scales += Width)
        {
            int count = Math.Min(BlockInputs, matrix.Inputs - first);
            sbyte* block = weights + (long)first * Width;
            byte* following = (byte*)(first + count < matrix.Inputs ? block + count * Width : matrix.PanelInt8(next));
            if (rows.Count < LeastRowsUnpacked)
            {
                PanelBlock<Int8Weights>.Multiply(block, scales, first, count, rows, following, count * Width);
                continue;
            }
            Int8Weights.Unpack(block, count * Width, unpacked);
            Multiply<UnpackedInt8Weights>(unpacked, scales, first, count, rows, following, count * Width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Multiply<T>(void* weights, float* scales, int first, int count, PanelRows rows, byte* next, int nextBytes)
        where T : IPanelWeights
    {
        if (WidePanelBlock<T>.IsFor(rows.Count))
        {
            WidePanelBlock<T>.Multiply(weights, scales, first, count, rows, next, nextBytes);
        }
        else
        {
            PanelBlock<T>.Multiply(weights, scales, first, count, rows, next, nextBytes);
        }
    }
}

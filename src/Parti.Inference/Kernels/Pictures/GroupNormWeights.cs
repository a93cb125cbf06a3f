using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Parti.Inference.Kernels.Pictures;

/// <summary>A norm over the cells and the channels of each of some groups, with or without <c>x σ(x)</c> behind it.</summary>
/// <param name="groups">Groups G.</param>
/// <param name="epsilon">Added to the variance.</param>
/// <param name="scale">Times each channel <c>[C]</c>.</param>
/// <param name="shift">Added to each channel <c>[C]</c>.</param>
sealed unsafe class GroupNormWeights(int groups, double epsilon, float[] scale, float[] shift)
{
    /// <summary>Computes <c>to = norm(from)</c>.</summary>
    /// <param name="team">Threads.</param>
    /// <param name="from">C channels.</param>
    /// <param name="to">Of the same size.</param>
    /// <param name="silu">Whether <c>x σ(x)</c> follows.</param>
    public void Run(KernelTeam team, FeatureMap from, FeatureMap to, bool silu)
    {
        using NativeFloats sums = new(2L * from.Height * from.Stride), factors = new(2L * from.Stride);
        team.Run(new SumPhase(from, sums.Pointer));
        Factors(from, sums.Pointer, factors.Pointer);
        team.Run(new ApplyPhase(from, to, factors.Pointer, silu));
    }

    // Sums of one row of cells are float32, those of all rows float64; both around the channel's first cell, so that a large mean costs no digits.
    private void Factors(FeatureMap from, float* sums, float* factors)
    {
        int size = from.Channels / groups;
        for (int first = 0; first < from.Channels; first += size)
        {
            double total = 0, squares = 0;
            for (int c = first; c < first + size; c++)
            {
                (double sum, double square) = Add(from, sums, c);
                double around = from.Data[c] - (double)from.Data[first];
                total += sum + around * from.Cells;
                squares += square + 2 * around * sum + around * around * from.Cells;
            }
            double count = (double)size * from.Cells, mean = total / count;
            double spread = 1 / Math.Sqrt(Math.Max(0, squares / count - mean * mean) + epsilon);
            for (int c = first; c < first + size; c++)
            {
                factors[c] = (float)(scale[c] * spread);
                factors[from.Stride + c] = (float)(shift[c] - (mean + from.Data[first]) * scale[c] * spread);
            }
        }
    }

    private static (double Sum, double Squares) Add(FeatureMap from, float* sums, int channel)
    {
        (double sum, double squares) = (0, 0);
        for (int row = 0; row < from.Height; row++)
        {
            sum += sums[2L * row * from.Stride + channel];
            squares += sums[(2L * row + 1) * from.Stride + channel];
        }
        return (sum, squares);
    }

    /// <summary>Sums of a row of cells, and of their squares, one a part.</summary>
    private sealed class SumPhase(FeatureMap from, float* sums) : Phase
    {
        public override int Parts => from.Height;

        public override bool Shared => true;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Run(int part, int thread)
        {
            float* to = sums + 2L * part * from.Stride;
            for (int c = 0; c < from.Stride; c += 8)
            {
                float* at = from.Cell(part * from.Width) + c;
                Vector256<float> around = Vector256.Load(from.Data + c), sum = Vector256<float>.Zero, squares = Vector256<float>.Zero;
                for (int i = 0; i < from.Width; i++, at += from.Stride)
                {
                    Vector256<float> x = Vector256.Load(at) - around;
                    sum += x;
                    squares = Vector256.FusedMultiplyAdd(x, x, squares);
                }
                sum.Store(to + c);
                squares.Store(to + from.Stride + c);
            }
        }
    }

    /// <summary>A row of cells a part.</summary>
    private sealed class ApplyPhase(FeatureMap from, FeatureMap to, float* factors, bool silu) : Phase
    {
        public override int Parts => from.Height;

        public override bool Shared => true;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Run(int part, int thread)
        {
            for (int cell = part * from.Width; cell < (part + 1) * from.Width; cell++)
            {
                float* source = from.Cell(cell), result = to.Cell(cell);
                for (int c = 0; c < from.Stride; c += 8)
                {
                    Vector256<float> x = Vector256.FusedMultiplyAdd(Vector256.Load(source + c), Vector256.Load(factors + c), Vector256.Load(factors + from.Stride + c));
                    (silu ? Activations.Silu(x) : x).Store(result + c);
                }
            }
        }
    }
}

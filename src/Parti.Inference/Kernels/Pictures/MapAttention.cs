using Parti.Models.Checkpoints;

namespace Parti.Inference.Kernels.Pictures;

/// <summary>Attention of one head among the cells of a map, around a skip.</summary>
/// <param name="norm">Before it.</param>
/// <param name="query">1x1.</param>
/// <param name="key">1x1.</param>
/// <param name="value">1x1.</param>
/// <param name="output">1x1.</param>
sealed unsafe class MapAttention(GroupNormWeights norm, Convolution query, Convolution key, Convolution value, Convolution output) : IDisposable
{
    // Queries of a part.
    private const int Rows = 32;

    /// <summary>Adds the attention to the current map.</summary>
    /// <param name="team">Threads.</param>
    /// <param name="maps">Memory.</param>
    public void Run(KernelTeam team, MapMemory maps)
    {
        FeatureMap x = maps.Current, normed = maps.First(x), queries = maps.Second(x), others = maps.Third(x);
        norm.Run(team, x, normed, silu: false);
        query.Run(team, normed, queries);
        key.Run(team, normed, others);
        using PackedMatrix keys = new(x.Channels, WeightFormat.Float32, Values(others, turned: false));
        value.Run(team, normed, others);
        using PackedMatrix values = new(x.Cells, WeightFormat.Float32, Values(others, turned: true));
        using NativeFloats scores = new((long)team.Threads * Rows * keys.Stride);
        team.Run(new RowsPhase(queries, keys, values, scores.Pointer, normed));
        output.Run(team, normed, x, adds: true);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        query.Dispose();
        key.Dispose();
        value.Dispose();
        output.Dispose();
    }

    // [cells, C], or [C, cells] where turned.
    private static float[] Values(FeatureMap map, bool turned)
    {
        float[] values = new float[map.Cells * map.Channels];
        for (int cell = 0; cell < map.Cells; cell++)
        {
            ReadOnlySpan<float> from = new(map.Cell(cell), map.Channels);
            if (!turned)
            {
                from.CopyTo(values.AsSpan(cell * map.Channels));
                continue;
            }
            for (int c = 0; c < from.Length; c++)
            {
                values[c * map.Cells + cell] = from[c];
            }
        }
        return values;
    }

    private sealed class RowsPhase(FeatureMap queries, PackedMatrix keys, PackedMatrix values, float* scratch, FeatureMap to) : Phase
    {
        public override int Parts => (queries.Cells + Rows - 1) / Rows;

        public override bool Shared => true;

        public override void Run(int part, int thread)
        {
            int first = part * Rows, count = Math.Min(Rows, queries.Cells - first);
            float* scores = scratch + (long)thread * Rows * keys.Stride;
            Multiply(keys, queries.Cell(first), queries.Stride, count, scores);
            for (int row = 0; row < count; row++)
            {
                Share(scores + (long)row * keys.Stride);
            }
            Multiply(values, scores, keys.Stride, count, to.Cell(first));
        }

        private void Share(float* scores)
        {
            float scale = 1 / MathF.Sqrt(queries.Channels);
            for (int i = 0; i < keys.Outputs; i++)
            {
                scores[i] *= scale;
            }
            float sum = RowMath.Exponentials(scores, keys.Outputs);
            for (int i = 0; i < keys.Outputs; i++)
            {
                scores[i] /= sum;
            }
        }

        private static void Multiply(PackedMatrix matrix, float* rows, int stride, int count, float* to)
        {
            for (int panel = 0; panel < matrix.Panels; panel++)
            {
                PanelProduct.Multiply(matrix, panel, rows, stride, count, to);
            }
        }
    }
}

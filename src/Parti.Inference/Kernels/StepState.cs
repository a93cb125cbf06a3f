using Parti.Inference.Execution;

namespace Parti.Inference.Kernels;

/// <summary>Which rows a step has.</summary>
/// <param name="width">D.</param>
/// <param name="capacity">Most rows.</param>
sealed class StepState(int width, int capacity)
{
    /// <summary>D.</summary>
    public int Width { get; } = width;

    /// <summary>Rows of this step.</summary>
    public int Rows { get; private set; }

    /// <summary>Position of each row.</summary>
    public int[] Positions { get; } = new int[capacity];

    /// <summary>Row of the caches of each row.</summary>
    public int[] CacheRows { get; } = new int[capacity];

    /// <summary>The last position of the step, a measure of its work.</summary>
    public int FarthestPosition { get; private set; }

    /// <summary>Takes the rows of the next step.</summary>
    public void Renew(ReadOnlySpan<DecodeRow> rows)
    {
        (Rows, FarthestPosition) = (rows.Length, 0);
        for (int i = 0; i < rows.Length; i++)
        {
            (CacheRows[i], Positions[i]) = (rows[i].Row, rows[i].Position);
            FarthestPosition = Math.Max(FarthestPosition, rows[i].Position);
        }
    }
}

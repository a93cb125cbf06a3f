namespace Parti.Inference.Kernels;

/// <summary>Where a row of a step is.</summary>
/// <param name="Row">Row of the caches.</param>
/// <param name="Place">Place in that row, from 0: earlier ones are seen.</param>
/// <param name="Turn">Row of the table that turns its queries and keys, in decoders that do so.</param>
public readonly record struct StepRow(int Row, int Place, int Turn);

/// <summary>Which rows a step has.</summary>
/// <param name="width">D.</param>
/// <param name="capacity">Most rows.</param>
sealed class StepState(int width, int capacity)
{
    /// <summary>D.</summary>
    public int Width { get; } = width;

    /// <summary>Rows of this step.</summary>
    public int Rows { get; private set; }

    /// <summary>Place in the caches of each row.</summary>
    public int[] Places { get; } = new int[capacity];

    /// <summary>Row of the rotary table of each row.</summary>
    public int[] Turns { get; } = new int[capacity];

    /// <summary>Row of the caches of each row.</summary>
    public int[] CacheRows { get; } = new int[capacity];

    /// <summary>The last place of the step, a measure of its work.</summary>
    public int FarthestPlace { get; private set; }

    /// <summary>Takes the rows of the next step.</summary>
    public void Renew(ReadOnlySpan<StepRow> rows)
    {
        (Rows, FarthestPlace) = (rows.Length, 0);
        for (int i = 0; i < rows.Length; i++)
        {
            (CacheRows[i], Places[i], Turns[i]) = (rows[i].Row, rows[i].Place, rows[i].Turn);
            FarthestPlace = Math.Max(FarthestPlace, rows[i].Place);
        }
    }
}

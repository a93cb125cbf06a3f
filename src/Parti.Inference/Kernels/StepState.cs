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

    /// <summary>Previous token of each row; the codebook's size at the start.</summary>
    public int[] Tokens { get; } = new int[capacity];

    /// <summary>The last position of the step, a measure of its work.</summary>
    public int FarthestPosition { get; private set; }

    /// <summary>Starts a step without rows.</summary>
    public void Clear() => (Rows, FarthestPosition) = (0, 0);

    /// <summary>Adds a row.</summary>
    public void Add(int cacheRow, int token, int position)
    {
        (CacheRows[Rows], Tokens[Rows], Positions[Rows]) = (cacheRow, token, position);
        Rows++;
        FarthestPosition = Math.Max(FarthestPosition, position);
    }
}

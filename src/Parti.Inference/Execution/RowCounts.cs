namespace Parti.Inference.Execution;

/// <summary>
/// The row counts at which a decode step may run. Two rows a slot, at least four and doubling: library products of 4 and more rows
/// were found to give equal bits, those of 2 rows others (docs/decisions/0002).
/// </summary>
/// <param name="all">Ascending; the last one covers all slots.</param>
sealed class RowCounts(IReadOnlyList<int> all)
{
    const int Least = 4;

    /// <summary>Ascending; the last one covers all slots.</summary>
    public IReadOnlyList<int> All => all;

    /// <summary>Rows of the caches.</summary>
    public int Largest => all[^1];

    /// <summary>All row counts worth trying for some slots.</summary>
    /// <param name="slots">At least 1.</param>
    public static RowCounts For(int slots)
    {
        List<int> counts = [Least];
        while (counts[^1] < 2 * slots)
        {
            counts.Add(2 * counts[^1]);
        }
        return new RowCounts(counts);
    }

    /// <summary>Index of the smallest row count that has a row.</summary>
    /// <param name="row">The highest row in use.</param>
    public int IndexFor(int row)
    {
        int index = 0;
        while (all[index] <= row)
        {
            index++;
        }
        return index;
    }
}

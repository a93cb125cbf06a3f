namespace Parti.Inference.Sampling;

/// <summary>Partial ordering of distinct keys without allocation.</summary>
static class Selection
{
    /// <summary>Moves the largest keys to the end of the span, in no order, in expected linear time.</summary>
    /// <param name="keys">Distinct keys.</param>
    /// <param name="count">How many, 1 to the number of keys.</param>
    public static void MoveLargestToEnd(Span<ulong> keys, int count)
    {
        int low = 0, high = keys.Length - 1, boundary = keys.Length - count;
        while (low < high)
        {
            int split = Partition(keys, low, high);
            if (split < boundary)
            {
                low = split + 1;
            }
            else
            {
                high = split;
            }
        }
    }

    /// <summary>The smallest key.</summary>
    /// <param name="keys">At least one key.</param>
    public static ulong Smallest(ReadOnlySpan<ulong> keys)
    {
        ulong smallest = ulong.MaxValue;
        foreach (ulong key in keys)
        {
            smallest = Math.Min(smallest, key);
        }
        return smallest;
    }

    // Hoare's partition: afterwards keys[low..split] are below the pivot or equal to it, keys[split+1..high] above or equal.
    static int Partition(Span<ulong> keys, int low, int high)
    {
        ulong pivot = keys[low + (high - low) / 2];
        int i = low - 1, j = high + 1;
        while (true)
        {
            while (keys[++i] < pivot)
            {
            }
            while (keys[--j] > pivot)
            {
            }
            if (i >= j)
            {
                return j;
            }
            (keys[i], keys[j]) = (keys[j], keys[i]);
        }
    }
}

namespace Parti.Training.Scenes;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood 2014) started from a hash of a tuple, so that every sample has a stream of its own and needs no
/// state from the sample before it. Integer arithmetic only: the same on every platform.
/// </summary>
internal struct SceneRandom(ulong key)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private ulong _state = key;

    /// <summary>Folds the parts into one key; the order matters.</summary>
    internal static ulong Key(params ReadOnlySpan<ulong> parts)
    {
        ulong key = 0;
        foreach (ulong part in parts)
        {
            key = Mix((key ^ part) + Golden);
        }

        return key;
    }

    /// <summary>A whole number of 0 to <paramref name="count"/> - 1; the bias is below 2^-60 for the small counts used here.</summary>
    internal int Below(int count) => (int)Math.BigMul(Next(), (ulong)count, out _);

    /// <summary>True in <paramref name="percent"/> of 100 cases.</summary>
    internal bool Chance(int percent) => Below(100) < percent;

    /// <summary>An index, drawn in proportion to the weights.</summary>
    internal int Weighted(params ReadOnlySpan<int> weights)
    {
        int total = 0;
        foreach (int weight in weights)
        {
            total += weight;
        }

        int rest = Below(total);
        int index = 0;
        while (rest >= weights[index])
        {
            rest -= weights[index++];
        }

        return index;
    }

    private ulong Next() => Mix(_state += Golden);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

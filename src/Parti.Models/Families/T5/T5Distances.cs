namespace Parti.Models.Families.T5;

/// <summary>
/// Buckets of signed distances between tokens (Raffel et al. 2020, §2.1): one half for keys after the query, in each half exact near by and
/// logarithmic from a quarter of all buckets on.
/// </summary>
public static class T5Distances
{
    /// <summary>The bucket of a distance.</summary>
    /// <param name="distance">Key position less query position.</param>
    /// <param name="buckets">All buckets, even, at least 4.</param>
    /// <param name="farthest">Distance from which all share the last bucket of their half; more than a quarter of <paramref name="buckets"/>.</param>
    /// <returns>0 to <paramref name="buckets"/> − 1.</returns>
    public static int Bucket(int distance, int buckets, int farthest)
    {
        int half = buckets / 2, exact = half / 2, length = Math.Abs(distance);
        int first = distance > 0 ? half : 0;
        if (length < exact)
        {
            return first + length;
        }
        // In single precision, as published models were trained: at a power of two the last bit decides.
        float share = MathF.Log((float)length / exact) / (float)Math.Log((double)farthest / exact);
        return first + Math.Min(half - 1, exact + (int)(share * (half - exact)));
    }
}

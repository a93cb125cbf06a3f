namespace Parti.Training.Evaluation;

/// <summary>A share of trials with its 95 % score interval (Wilson 1927; method 3 of Newcombe 1998).</summary>
/// <param name="Right">Successes, 0 to <paramref name="Total"/>.</param>
/// <param name="Total">Trials; with 0 the share is 0 and the interval all of 0 to 1.</param>
public readonly record struct Proportion(int Right, int Total)
{
    const double Z = 1.959963984540054;

    /// <summary>Successes by trials, 0 to 1.</summary>
    public double Share => Total == 0 ? 0 : (double)Right / Total;

    // The ends that are 0 and 1 by the formula would miss them by a rounding.

    /// <summary>Lower end of the interval, 0 to 1.</summary>
    public double Low => Right == 0 ? 0 : Center - Half;

    /// <summary>Upper end of the interval, 0 to 1.</summary>
    public double High => Right == Total ? 1 : Center + Half;

    double Center => (Share + Z * Z / (2 * Total)) / (1 + Z * Z / Total);

    double Half => Z / (1 + Z * Z / Total) * Math.Sqrt(Share * (1 - Share) / Total + Z * Z / (4.0 * Total * Total));

    /// <summary>In percent, <c>98.5 % [95.7, 99.5]</c>.</summary>
    public override string ToString() => $"{100 * Share,5:F1} % [{100 * Low:F1}, {100 * High:F1}]";
}

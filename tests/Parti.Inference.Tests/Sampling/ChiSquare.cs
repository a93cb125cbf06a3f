namespace Parti.Inference.Tests.Sampling;

/// <summary>Pearson's chi-square test of counts against probabilities.</summary>
static class ChiSquare
{
    /// <summary>
    /// How many standard deviations the statistic lies above what chance gives (Wilson-Hilferty). Above 6 happens once in 10^9 tests.
    /// Cells that expect fewer than 10 are counted together.
    /// </summary>
    public static double Deviations(IReadOnlyList<long> counts, IReadOnlyList<double> probabilities)
    {
        double total = counts.Sum(), statistic = 0, restExpected = 0, restCount = 0;
        int cells = 0;
        for (int i = 0; i < counts.Count; i++)
        {
            double expected = total * probabilities[i];
            if (expected < 10)
            {
                restExpected += expected;
                restCount += counts[i];
                continue;
            }
            statistic += (counts[i] - expected) * (counts[i] - expected) / expected;
            cells++;
        }
        if (restExpected > 0)
        {
            statistic += (restCount - restExpected) * (restCount - restExpected) / restExpected;
            cells++;
        }
        double freedom = cells - 1, variance = 2 / (9 * freedom);
        return (Math.Cbrt(statistic / freedom) - (1 - variance)) / Math.Sqrt(variance);
    }
}

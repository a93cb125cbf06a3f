using System.Globalization;

namespace Parti.Benchmarks.Cluster;

/// <summary>A folder that goes with the measurement.</summary>
sealed class BenchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("parti-bench-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>Values that a share of the measured ones does not exceed.</summary>
static class Percentile
{
    public static string Of(IReadOnlyCollection<double> values, double percent) =>
        At(values, percent).ToString("F2", CultureInfo.InvariantCulture);

    public static double At(IReadOnlyCollection<double> values, double percent) =>
        values.Count == 0 ? double.NaN : values.Order().ElementAt(Math.Min(values.Count - 1, (int)(values.Count * percent / 100)));
}

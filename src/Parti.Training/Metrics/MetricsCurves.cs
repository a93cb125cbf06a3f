using Parti.Training.Drawing;
using Parti.Training.Drawing.Charts;

namespace Parti.Training.Metrics;

/// <summary>Draws the metrics of a training: a panel a column, a smooth line over the values as they were.</summary>
public static class MetricsCurves
{
    /// <summary>File that <see cref="Write"/> reads in a training's folder.</summary>
    public const string MetricsName = "metrics.csv";

    /// <summary>File that <see cref="Write"/> writes there.</summary>
    public const string CurvesName = "curves.png";

    const int FewestSmoothed = 10, MostDots = 4000;

    // A window of a twenty-fifth part still shows a fall at the start.
    const int WindowShare = 25;

    /// <summary>Draws the metrics of a folder into it.</summary>
    /// <param name="folder">Folder of one part of a run.</param>
    /// <returns>The file, or null while no column has a value.</returns>
    /// <exception cref="InvalidDataException">The metrics are no table.</exception>
    /// <exception cref="IOException">The metrics cannot be read or the curves not be written.</exception>
    public static string? Write(string folder)
    {
        MetricsTable table = MetricsTable.Read(Path.Combine(folder, MetricsName));
        if (table.Columns.All(column => table.Values(column).Count == 0))
        {
            return null;
        }
        string file = Path.Combine(folder, CurvesName);
        PngFile.Write(file, Sheet(table, Path.GetFileName(Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar))).ToPng());
        return file;
    }

    /// <summary>The curves as a sheet: a panel for every column that has values.</summary>
    /// <param name="table">The metrics.</param>
    /// <param name="title">What stands above them.</param>
    public static ChartSheet Sheet(MetricsTable table, string title) =>
        new(title, [.. table.Columns.Where(column => table.Values(column).Count > 0).Select(column => Panel(table, column))]);

    static ChartPanel Panel(MetricsTable table, string column)
    {
        ChartPoint[] raw = [.. table.Values(column).Select(pair => new ChartPoint(pair.Step, pair.Value))];
        ChartLine line = raw.Length < FewestSmoothed
            ? new(column, raw)
            : new(column, Smooth(raw)) { Raw = [.. raw.Where((_, i) => i % (raw.Length / MostDots + 1) == 0)] };
        return new($"{column.Replace('_', ' ')}, last {raw[^1].Y:G4}", "step", [line]);
    }

    /// <summary>Each value's mean with its neighbours; towards the ends the window narrows on both sides, so that no end is pulled inwards.</summary>
    /// <param name="raw">Values, rising in x.</param>
    internal static ChartPoint[] Smooth(IReadOnlyList<ChartPoint> raw)
    {
        double[] sums = new double[raw.Count + 1];
        for (int i = 0; i < raw.Count; i++)
        {
            sums[i + 1] = sums[i] + raw[i].Y;
        }
        int most = Math.Max(1, raw.Count / WindowShare / 2);
        return [.. raw.Select((point, i) =>
        {
            int half = Math.Min(most, Math.Min(i, raw.Count - 1 - i));
            return point with { Y = (sums[i + half + 1] - sums[i - half]) / (2 * half + 1) };
        })];
    }
}

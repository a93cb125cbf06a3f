namespace Parti.Training.Drawing.Charts;

/// <summary>A point of a line, with the ends of its interval if it has one.</summary>
/// <param name="X">Finite.</param>
/// <param name="Y">Finite.</param>
/// <param name="Low">Lower end, or null.</param>
/// <param name="High">Upper end, or null.</param>
public sealed record ChartPoint(double X, double Y, double? Low = null, double? High = null);

/// <summary>A line of a panel.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Points">Points in the order of x; they are joined, and marked where they have intervals or are few.</param>
public sealed record ChartLine(string Name, IReadOnlyList<ChartPoint> Points)
{
    /// <summary>Values that the line was smoothed from, drawn as faint dots behind it; empty for none.</summary>
    public IReadOnlyList<ChartPoint> Raw { get; init; } = [];
}

/// <summary>A dashed line across a panel, such as a ceiling.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Y">Height, finite.</param>
public sealed record ChartLevel(string Name, double Y);

/// <summary>One pair of axes.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="XName">What lies along x, with the unit.</param>
/// <param name="Lines">Lines; a legend names them where there are several.</param>
public sealed record ChartPanel(string Title, string XName, IReadOnlyList<ChartLine> Lines)
{
    /// <summary>Dashed lines across the panel.</summary>
    public IReadOnlyList<ChartLevel> Levels { get; init; } = [];

    /// <summary>Ends of the y axis; null for what the values need, on a logarithmic axis where they span more than a decade.</summary>
    public (double Low, double High)? YRange { get; init; }
}

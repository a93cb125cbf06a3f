using Parti.Training.Drawing.Charts;
using Parti.Training.Metrics;
using Parti.Training.Tests.Drawing;
using SkiaSharp;

namespace Parti.Training.Tests.Metrics;

public sealed class MetricsCurvesTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("parti-curves-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Sheet_ColumnsWithValues_HaveAPanelEach()
    {
        ChartSheet sheet = MetricsCurves.Sheet(MetricsTable.Parse("step,loss,never,steps_per_second\n50,4,,7\n100,3,,8.5\n", ""), "transformer");

        Assert.Equal(["loss, last 3", "steps per second, last 8.5"], sheet.Panels.Select(panel => panel.Title));
        Assert.All(sheet.Panels, panel => Assert.Empty(panel.Lines.Single().Raw));
    }

    [Fact]
    public void Sheet_ManyValues_HaveASmoothLineOverDots()
    {
        string rows = string.Concat(Enumerable.Range(1, 9000).Select(i => $"{50 * i},{(i % 2 == 0 ? 3 : 1)}\n"));
        ChartLine line = MetricsCurves.Sheet(MetricsTable.Parse("step,loss\n" + rows, ""), "").Panels.Single().Lines.Single();

        Assert.Equal(9000, line.Points.Count);
        Assert.Equal(3000, line.Raw.Count);
        Assert.All(line.Points.Skip(300).SkipLast(300), point => Assert.Equal(2, point.Y, 0.01));
    }

    [Fact]
    public void Smooth_StraightLine_StaysAsItIs()
    {
        ChartPoint[] raw = [.. Enumerable.Range(0, 200).Select(i => new ChartPoint(i, 3 - 0.5 * i))];
        Assert.All(raw.Zip(MetricsCurves.Smooth(raw)), pair => Assert.Equal(pair.First.Y, pair.Second.Y, 1e-9));
    }

    [Fact]
    public void Write_FolderOfATraining_WritesTheCurvesBesideTheMetrics()
    {
        File.WriteAllText(Path.Combine(_folder, "metrics.csv"), "step,loss,rate,accuracy\n50,4,1,0.5\n100,3,2,0.6\n");
        string? file = MetricsCurves.Write(_folder);

        Assert.Equal(Path.Combine(_folder, "curves.png"), file);
        using SKBitmap curves = Ink.Decode(File.ReadAllBytes(file!));
        Assert.Equal((2 * 560 + 32, 2 * 340 + 56), (curves.Width, curves.Height));
    }

    [Fact]
    public void Write_NothingMeasuredYet_WritesNothing()
    {
        File.WriteAllText(Path.Combine(_folder, "metrics.csv"), "step,loss\n");
        Assert.Null(MetricsCurves.Write(_folder));
        Assert.False(File.Exists(Path.Combine(_folder, "curves.png")));
    }
}

using Parti.Training.Drawing.Charts;
using SkiaSharp;

namespace Parti.Training.Tests.Drawing;

public class ChartSheetTests
{
    static readonly SKColor FirstLine = new(0x00, 0x72, 0xB2);

    [Fact]
    public void ToPng_PanelsInColumns_HaveRoomForEach()
    {
        ChartPanel panel = new("loss", "step", [new("loss", [new(0, 1), new(10, 2)])]);
        using SKBitmap one = Ink.Decode(new ChartSheet("run", [panel]).ToPng());
        using SKBitmap five = Ink.Decode(new ChartSheet("run", [panel, panel, panel, panel, panel]) { Columns = 3 }.ToPng());

        Assert.Equal((560 + 32, 340 + 56), (one.Width, one.Height));
        Assert.Equal((3 * 560 + 32, 2 * 340 + 56), (five.Width, five.Height));
        Assert.InRange(Ink.Dark(one, 0, 40), 20, 2000);
    }

    [Fact]
    public void ToPng_RisingLine_RisesOnTheSheet()
    {
        using SKBitmap sheet = Draw(new ChartLine("a", [new(0, 0), new(1, 1)]));
        Assert.True(MeanRow(sheet, 100, 200) > MeanRow(sheet, 400, 500) + 50);
    }

    [Fact]
    public void ToPng_LogSpan_ShowsAStraightLineForAnExponential()
    {
        using SKBitmap sheet = Draw(new ChartLine("a", [.. Enumerable.Range(0, 51).Select(i => new ChartPoint(i, Math.Exp(i / 5.0)))]));
        double left = MeanRow(sheet, 150, 160), middle = MeanRow(sheet, 305, 315), right = MeanRow(sheet, 460, 470);
        Assert.Equal(middle, (left + right) / 2, 3.0);
    }

    [Fact]
    public void ToPng_Intervals_AddBarsAboveAndBelow()
    {
        using SKBitmap without = Draw(new ChartLine("a", [new(0, 50), new(1, 50)]), (0, 100));
        using SKBitmap with = Draw(new ChartLine("a", [new(0, 50, 20, 80), new(1, 50, 20, 80)]), (0, 100));
        Assert.True(Blue(with) > Blue(without) + 100);
    }

    [Fact]
    public void ToPng_Levels_AreInTheLegend()
    {
        ChartPanel panel = new("single", "guidance scale", [new("temperature 1", [new(1, 50)])]);
        using SKBitmap without = Ink.Decode(new ChartSheet("", [panel]).ToPng());
        using SKBitmap with = Ink.Decode(new ChartSheet("", [panel with { Levels = [new("ceiling", 90), new("floor", 5)] }]).ToPng());
        Assert.True(Ink.Dark(with, 70, 84) > Ink.Dark(without, 70, 84) + 50);
    }

    [Fact]
    public void ToPng_NoPanel_SaysSo() => Assert.Throws<ArgumentException>(() => new ChartSheet("run", []).ToPng());

    // Thin lines are blended with the white behind them.
    static int Blue(SKBitmap sheet) => sheet.Pixels.Count(pixel => pixel.Blue > pixel.Red + 40);

    static SKBitmap Draw(ChartLine line, (double, double)? range = null) =>
        Ink.Decode(new ChartSheet("", [new("", "", [line]) { YRange = range }]).ToPng());

    static double MeanRow(SKBitmap sheet, int left, int right) => Enumerable.Range(left, right - left)
        .SelectMany(x => Enumerable.Range(0, sheet.Height).Where(y => sheet.GetPixel(x, y) == FirstLine)).Average();
}

using Parti.Training.Drawing;
using SkiaSharp;

namespace Parti.Training.Tests.Drawing;

public class PictureGridTests
{
    static readonly GridPicture Red = new(Ink.Square(8, 255, 0, 0)), Green = new(Ink.Square(16, 0, 255, 0)), Blue = new(Ink.Square(8, 0, 0, 255));

    [Fact]
    public void ToPng_PicturesOfTwoSizes_AreDrawnAsSquaresOfOneSizeInRows()
    {
        using SKBitmap sheet = Ink.Decode(new PictureGrid([Red, Green, Blue], 2) { Cell = 40 }.ToPng());

        Assert.Equal((10 + 2 * 42, 10 + 2 * 42), (sheet.Width, sheet.Height));
        Assert.Equal([32 * 32, 32 * 32, 32 * 32], new[] { SKColors.Red, new SKColor(0, 255, 0), SKColors.Blue }.Select(color => Ink.Of(sheet, color)));
        Assert.Equal(SKColors.Red, sheet.GetPixel(10, 10));
        Assert.Equal(new SKColor(0, 255, 0), sheet.GetPixel(10 + 42, 10));
        Assert.Equal(SKColors.Blue, sheet.GetPixel(10, 10 + 42));
    }

    [Fact]
    public void ToPng_LargerThanTheCell_KeepsEveryPixel()
    {
        byte[] picture = new byte[3 * 20 * 20];
        new Random(3).NextBytes(picture);
        using SKBitmap sheet = Ink.Decode(new PictureGrid([new(picture)], 1) { Cell = 8 }.ToPng());

        Assert.Equal(
            picture,
            Enumerable.Range(0, 400).Select(i => sheet.GetPixel(10 + i % 20, 10 + i / 20)).SelectMany(pixel => new[] { pixel.Red, pixel.Green, pixel.Blue }));
    }

    [Fact]
    public void ToPng_LabelsAndTitle_MakeRoomAndLeaveInk()
    {
        using SKBitmap plain = Ink.Decode(new PictureGrid([Red, Blue], 2) { Cell = 128 }.ToPng());
        using SKBitmap titled = Ink.Decode(new PictureGrid([Red, Blue with { Label = "Salvador Dalí" }], 2) { Cell = 128, Title = "step 500" }.ToPng());

        Assert.Equal(plain.Height + 30 + 14, titled.Height);
        Assert.Equal(0, Ink.Dark(plain, 0, plain.Height));
        Assert.InRange(Ink.Dark(titled, 0, 30), 20, 2000);
        Assert.InRange(Ink.Dark(titled, titled.Height - 24, titled.Height), 20, 2000);
    }

    [Fact]
    public void OfRows_TwoRows_StandAboveEachOther()
    {
        PictureGrid grid = PictureGrid.OfRows([Red, Green], [Blue, Blue]);
        Assert.Equal((2, 4), (grid.Columns, grid.Pictures.Count));
        Assert.Same(Blue, grid.Pictures[2]);
    }

    [Fact]
    public void OfRows_UnequalOrEmptyRows_SaySo()
    {
        Assert.Contains("2, 1", Assert.Throws<ArgumentException>(() => PictureGrid.OfRows([Red, Green], [Blue])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => PictureGrid.OfRows([], []));
        Assert.Throws<ArgumentException>(() => PictureGrid.OfRows());
    }

    [Theory]
    [InlineData(0, 1, 64)]
    [InlineData(1, 0, 64)]
    [InlineData(1, 1, 0)]
    public void ToPng_NothingToDraw_SaysSo(int pictures, int columns, int cell) =>
        Assert.Throws<ArgumentException>(() => new PictureGrid([.. Enumerable.Repeat(Red, pictures)], columns) { Cell = cell }.ToPng());
}

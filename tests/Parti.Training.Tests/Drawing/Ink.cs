using SkiaSharp;

namespace Parti.Training.Tests.Drawing;

/// <summary>Looks at the pixels of PNG files.</summary>
static class Ink
{
    public static SKBitmap Decode(byte[] png) => SKBitmap.Decode(png) ?? throw new InvalidOperationException("Not a PNG file.");

    /// <summary>Pixels of some rows that are darker than any background.</summary>
    public static int Dark(SKBitmap picture, int top, int bottom) => Enumerable.Range(top, bottom - top)
        .Sum(y => Enumerable.Range(0, picture.Width).Count(x => picture.GetPixel(x, y) is { Red: < 100, Green: < 100, Blue: < 100 }));

    /// <summary>Pixels of exactly one colour.</summary>
    public static int Of(SKBitmap picture, SKColor color) => picture.Pixels.Count(pixel => pixel == color);

    /// <summary>A picture of one colour.</summary>
    public static byte[] Square(int size, byte red, byte green, byte blue) => [.. Enumerable.Repeat(new[] { red, green, blue }, size * size).SelectMany(pixel => pixel)];
}

using Parti.Models.Checkpoints;
using SkiaSharp;

namespace Parti.Training.Drawing;

/// <summary>PNG files of pictures and drawings.</summary>
public static class PngFile
{
    /// <summary>Longest edge that is drawn, in pixels: the imaging library's coordinates end at 32,767.</summary>
    internal const int LongestEdge = 32_000;

    /// <summary>A square picture as a PNG file.</summary>
    /// <param name="picture"><c>[S, S, 3]</c> bytes, red, green, blue.</param>
    /// <exception cref="ArgumentException">The bytes are no square of three channels.</exception>
    public static byte[] Encode(byte[] picture)
    {
        using SKBitmap bitmap = ToBitmap(picture);
        using SKPixmap pixels = bitmap.PeekPixels();
        return Encode(pixels);
    }

    /// <summary>Reads a square picture.</summary>
    /// <param name="path">A PNG file.</param>
    /// <returns><c>[S, S, 3]</c> bytes.</returns>
    /// <exception cref="InvalidDataException">The file is damaged or its picture is not square.</exception>
    public static byte[] Read(string path)
    {
        using SKBitmap? bitmap = SKBitmap.Decode(path);
        return bitmap is not null && bitmap.Width == bitmap.Height
            ? Rgb(bitmap)
            : throw new InvalidDataException($"{path} is damaged or not square; delete it.");
    }

    /// <summary>Writes a file at once or not at all.</summary>
    /// <param name="path">The file; its folder is made if it is missing.</param>
    /// <param name="png">Its bytes.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, byte[] png)
    {
        AtomicFile.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        AtomicFile.Write(path, stream => stream.Write(png));
    }

    /// <summary>Edge of a square picture in pixels.</summary>
    /// <param name="picture"><c>[S, S, 3]</c> bytes.</param>
    /// <exception cref="ArgumentException">The bytes are no square of three channels.</exception>
    internal static int EdgeOf(byte[] picture)
    {
        int edge = (int)Math.Sqrt(picture.Length / 3);
        return edge > 0 && 3 * edge * edge == picture.Length
            ? edge
            : throw new ArgumentException($"{picture.Length} bytes are no square picture of 3 bytes a pixel.", nameof(picture));
    }

    /// <summary>A drawing on white as a PNG file.</summary>
    /// <param name="width">Width in pixels, 1 to <see cref="LongestEdge"/>.</param>
    /// <param name="height">Height in pixels, 1 to <see cref="LongestEdge"/>.</param>
    /// <param name="draw">Draws it.</param>
    internal static byte[] Draw(int width, int height, Action<SKCanvas> draw)
    {
        if (width is < 1 or > LongestEdge || height is < 1 or > LongestEdge)
        {
            throw new ArgumentOutOfRangeException(nameof(height), $"A drawing of {width}x{height} px, allowed is 1 to {LongestEdge} each way; draw less on one sheet.");
        }
        using SKBitmap bitmap = new(new SKImageInfo(width, height, SKColorType.Rgb888x, SKAlphaType.Opaque));
        using (SKCanvas canvas = new(bitmap))
        {
            canvas.Clear(SKColors.White);
            draw(canvas);
        }
        using SKPixmap pixels = bitmap.PeekPixels();
        return Encode(pixels);
    }

    /// <summary>A square picture for a canvas; the caller disposes of it.</summary>
    /// <param name="picture"><c>[S, S, 3]</c> bytes.</param>
    internal static SKBitmap ToBitmap(byte[] picture)
    {
        int edge = EdgeOf(picture);
        SKBitmap bitmap = new(new SKImageInfo(edge, edge, SKColorType.Rgba8888, SKAlphaType.Opaque));
        Span<byte> target = bitmap.GetPixelSpan();
        for (int i = 0; i < edge * edge; i++)
        {
            picture.AsSpan(3 * i, 3).CopyTo(target[(4 * i)..]);
            target[4 * i + 3] = byte.MaxValue;
        }
        return bitmap;
    }

    static byte[] Rgb(SKBitmap bitmap)
    {
        byte[] rgb = new byte[3 * bitmap.Width * bitmap.Height];
        SKColor[] pixels = bitmap.Pixels;
        for (int i = 0; i < pixels.Length; i++)
        {
            (rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]) = (pixels[i].Red, pixels[i].Green, pixels[i].Blue);
        }
        return rgb;
    }

    static byte[] Encode(SKPixmap pixels)
    {
        using SKData file = pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.AllFilters, 6))
            ?? throw new InvalidOperationException($"The imaging library cannot write a picture of {pixels.Width}x{pixels.Height} px.");
        return file.ToArray();
    }
}

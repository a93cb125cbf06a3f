using Parti.Training.Data;
using SkiaSharp;

namespace Parti.Training.Sprites;

/// <summary>A square picture that is see-through in places.</summary>
/// <param name="Edge">S, in pixels.</param>
/// <param name="Color"><c>[S, S, 3]</c> bytes, red, green, blue times the cover.</param>
/// <param name="Cover"><c>[S, S]</c> bytes: 0 where what lies behind is seen, 255 where it is not.</param>
sealed record SpriteImage(int Edge, byte[] Color, byte[] Cover)
{
    /// <summary>Decodes a file's bytes, laid in the middle of a square; null where they are no picture of up to so many pixels an edge.</summary>
    internal static SpriteImage? Decode(byte[] file, int maxEdge)
    {
        using SKData data = SKData.CreateCopy(file);
        using SKCodec? codec = SKCodec.Create(data);
        if (codec is null || Math.Max(codec.Info.Width, codec.Info.Height) > maxEdge)
        {
            return null;
        }
        SKImageInfo info = new(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, SKColorSpace.CreateSrgb());
        using SKBitmap bitmap = new(info);
        return codec.GetPixels(info, bitmap.GetPixels()) == SKCodecResult.Success ? From(info.Width, info.Height, bitmap.GetPixelSpan()) : null;
    }

    /// <summary>The same picture with another edge.</summary>
    internal SpriteImage Resized(int edge)
    {
        PictureCrop whole = new(0, 0, Edge, edge, 0, 0, false);
        byte[] threefold = [.. Cover.SelectMany(value => (byte[])[value, value, value])];
        byte[] cover = PictureResampler.Resample(new(Edge, Edge, threefold), whole, edge);
        return new(edge, PictureResampler.Resample(new(Edge, Edge, Color), whole, edge), [.. Enumerable.Range(0, edge * edge).Select(i => cover[3 * i])]);
    }

    /// <summary>Lays one pixel over another.</summary>
    /// <param name="pixel">Which, 0 to S² - 1.</param>
    /// <param name="below">Three bytes; overwritten.</param>
    internal void Over(int pixel, Span<byte> below)
    {
        int open = 255 - Cover[pixel];
        for (int channel = 0; channel < 3; channel++)
        {
            // Rounding of both parts may add up to a little more than white.
            below[channel] = (byte)Math.Min(255, Color[3 * pixel + channel] + (below[channel] * open + 127) / 255);
        }
    }

    static SpriteImage From(int width, int height, ReadOnlySpan<byte> rgba)
    {
        int edge = Math.Max(width, height);
        byte[] color = new byte[3 * edge * edge], cover = new byte[edge * edge];
        for (int i = 0; i < width * height; i++)
        {
            (int y, int x) = Math.DivRem(i, width);
            int at = (y + (edge - height) / 2) * edge + x + (edge - width) / 2;
            cover[at] = rgba[4 * i + 3];
            for (int channel = 0; channel < 3; channel++)
            {
                color[3 * at + channel] = (byte)((rgba[4 * i + channel] * cover[at] + 127) / 255);
            }
        }
        return new(edge, color, cover);
    }
}

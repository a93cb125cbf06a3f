using Microsoft.Win32.SafeHandles;
using SkiaSharp;

namespace Parti.Training.Data;

/// <summary>A picture, or why there is none.</summary>
readonly record struct PictureResult(RgbPicture? Picture, SkipReason Reason, string Detail)
{
    internal static PictureResult Bad(SkipReason reason, string detail) => new(null, reason, detail);
}

/// <summary>
/// Reads PNG, JPEG and WebP pictures: upright as their EXIF orientation says, brought to sRGB, transparent pixels laid on white, one picture
/// of an animation.
/// </summary>
static class PictureReader
{
    /// <summary>Reads an item's bytes and decodes them.</summary>
    internal static PictureResult Read(PictureItem item, ExamplesOptions options)
    {
        try
        {
            using SafeFileHandle handle = File.OpenHandle(item.File);
            byte[] bytes = new byte[item.Length];
            int done = FileBytes.Read(handle, bytes, item.Offset);
            return done == bytes.Length
                ? Decode(bytes, options)
                : PictureResult.Bad(SkipReason.Damaged, $"has {done} bytes, had {bytes.Length} when it was listed");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return PictureResult.Bad(SkipReason.Missing, "is no longer there");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return PictureResult.Bad(SkipReason.Unreadable, error.Message);
        }
    }

    /// <summary>Decodes a file's bytes. Nothing is allocated for pixels before the limits are checked.</summary>
    internal static PictureResult Decode(byte[] file, ExamplesOptions options)
    {
        using SKData data = SKData.CreateCopy(file);
        using SKCodec? codec = SKCodec.Create(data);
        if (codec is null)
        {
            return PictureResult.Bad(SkipReason.NotAPicture, "is no PNG, JPEG or WebP picture");
        }
        (int width, int height) = (codec.Info.Width, codec.Info.Height);
        if ((long)width * height > Math.Min(options.MaxPixels, int.MaxValue / 4))
        {
            return PictureResult.Bad(SkipReason.TooManyPixels, $"has {width} x {height} pixels, at most {options.MaxPixels} are read");
        }
        if (Math.Min(width, height) < options.MinEdge)
        {
            return PictureResult.Bad(SkipReason.TooSmall, $"has {width} x {height} pixels, the shorter side must have {options.MinEdge}");
        }
        SKImageInfo info = new(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul, SKColorSpace.CreateSrgb());
        using SKBitmap bitmap = new(info);
        SKCodecResult result = codec.GetPixels(info, bitmap.GetPixels());
        return result == SKCodecResult.Success
            ? new(Upright(bitmap, codec.EncodedOrigin), default, "")
            : PictureResult.Bad(SkipReason.Damaged, result == SKCodecResult.IncompleteInput ? "ends early" : $"does not decode: {result}");
    }

    static RgbPicture Upright(SKBitmap bitmap, SKEncodedOrigin origin)
    {
        int lastX = bitmap.Width - 1, lastY = bitmap.Height - 1, row = bitmap.RowBytes;
        // Where the upper left pixel lies, and the way from there to its right and lower neighbours.
        (int start, int right, int down) = origin switch
        {
            SKEncodedOrigin.TopRight => (4 * lastX, -4, row),
            SKEncodedOrigin.BottomRight => (lastY * row + 4 * lastX, -4, -row),
            SKEncodedOrigin.BottomLeft => (lastY * row, 4, -row),
            SKEncodedOrigin.LeftTop => (0, row, 4),
            SKEncodedOrigin.RightTop => (lastY * row, -row, 4),
            SKEncodedOrigin.RightBottom => (lastY * row + 4 * lastX, -row, -4),
            SKEncodedOrigin.LeftBottom => (4 * lastX, row, -4),
            _ => (0, 4, row),
        };
        bool turned = origin >= SKEncodedOrigin.LeftTop;
        (int width, int height) = turned ? (bitmap.Height, bitmap.Width) : (bitmap.Width, bitmap.Height);
        ReadOnlySpan<byte> pixels = bitmap.GetPixelSpan();
        byte[] rgb = new byte[3 * width * height];
        for (int y = 0, target = 0; y < height; y++)
        {
            for (int x = 0, at = start + y * down; x < width; x++, at += right, target += 3)
            {
                OnWhite(pixels.Slice(at, 4), rgb.AsSpan(target, 3));
            }
        }
        return new(width, height, rgb);
    }

    static void OnWhite(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        int alpha = rgba[3];
        for (int channel = 0; channel < 3; channel++)
        {
            rgb[channel] = alpha == 255 ? rgba[channel] : (byte)((rgba[channel] * alpha + 255 * (255 - alpha) + 127) / 255);
        }
    }
}

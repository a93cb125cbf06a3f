using SkiaSharp;

namespace Parti.Inference.Imaging;

/// <summary>Writes pictures as files. The same picture, format and text give the same bytes on one build of the imaging library.</summary>
public static class PictureEncoder
{
    const int LossyQuality = 95;

    /// <summary>Encodes a picture.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="format">File format.</param>
    /// <param name="parametersText">
    /// Written to PNG as the text chunk <c>parameters</c>, see <see cref="EngineDescription"/>; the other formats have no place for it.
    /// </param>
    /// <returns>The file's bytes.</returns>
    /// <exception cref="ArgumentException">The pixel array does not fit the size.</exception>
    public static byte[] Encode(Picture picture, PictureFormat format, string? parametersText = null)
    {
        using SKBitmap bitmap = ToBitmap(picture);
        using SKPixmap pixels = bitmap.PeekPixels();
        using SKData data = Encode(pixels, format)
            ?? throw new InvalidOperationException($"The imaging library cannot write a {picture.Width}x{picture.Height} picture as {format}.");
        byte[] file = data.ToArray();
        return format == PictureFormat.Png && parametersText is not null
            ? PngText.Insert(file, "parameters", parametersText)
            : file;
    }

    static SKData? Encode(SKPixmap pixels, PictureFormat format) => format switch
    {
        // Filters and level are named because the bytes are promised to repeat.
        PictureFormat.Png => pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.AllFilters, 6)),
        PictureFormat.Jpeg => pixels.Encode(new SKJpegEncoderOptions(LossyQuality, SKJpegEncoderDownsample.Downsample444, SKJpegEncoderAlphaOption.Ignore)),
        PictureFormat.Webp => pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossy, LossyQuality)),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "The format must be png, jpeg or webp."),
    };

    internal static SKBitmap ToBitmap(Picture picture)
    {
        if (picture.Width < 1 || picture.Height < 1 || picture.Rgb.LongLength != 3L * picture.Width * picture.Height)
        {
            throw new ArgumentException(
                $"A {picture.Width}x{picture.Height} picture cannot have {picture.Rgb.LongLength} bytes; it has 3 bytes a pixel.", nameof(picture));
        }
        SKBitmap bitmap = new(new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgb888x, SKAlphaType.Opaque));
        Span<byte> target = bitmap.GetPixelSpan();
        for (int y = 0, source = 0; y < picture.Height; y++)
        {
            int at = y * bitmap.RowBytes;
            for (int x = 0; x < picture.Width; x++, source += 3, at += 4)
            {
                picture.Rgb.AsSpan(source, 3).CopyTo(target[at..]);
                target[at + 3] = 255;
            }
        }
        return bitmap;
    }
}

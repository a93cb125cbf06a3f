using SkiaSharp;

namespace Parti.Inference.Imaging;

/// <summary>Reads pictures from files.</summary>
public static class PictureDecoder
{
    /// <summary>Most pixels a file may claim: a few bytes must not make the process allocate gigabytes.</summary>
    public const long MaxPixels = 64L * 1024 * 1024;

    /// <summary>Decodes a PNG, JPEG or WebP file; transparent pixels are laid on white.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <exception cref="InvalidDataException">Not a picture, damaged, or more than <see cref="MaxPixels"/> pixels.</exception>
    public static Picture Decode(byte[] file)
    {
        using SKData data = SKData.CreateCopy(file);
        using SKCodec codec = SKCodec.Create(data) ?? throw new InvalidDataException("The file is not a PNG, JPEG or WebP picture.");
        int width = codec.Info.Width, height = codec.Info.Height;
        if ((long)width * height > MaxPixels)
        {
            throw new InvalidDataException($"The picture has {width}x{height} pixels; at most {MaxPixels} are read.");
        }
        SKImageInfo info = new(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        using SKBitmap bitmap = new(info);
        SKCodecResult result = codec.GetPixels(info, bitmap.GetPixels());
        if (result != SKCodecResult.Success)
        {
            throw new InvalidDataException($"The picture is damaged: {result}.");
        }
        return new Picture(width, height, ToRgb(bitmap));
    }

    internal static byte[] ToRgb(SKBitmap bitmap)
    {
        ReadOnlySpan<byte> pixels = bitmap.GetPixelSpan();
        byte[] rgb = new byte[3 * bitmap.Width * bitmap.Height];
        for (int y = 0, at = 0; y < bitmap.Height; y++)
        {
            ReadOnlySpan<byte> row = pixels.Slice(y * bitmap.RowBytes, 4 * bitmap.Width);
            for (int x = 0; x < row.Length; x += 4)
            {
                int alpha = row[x + 3];
                for (int channel = 0; channel < 3; channel++)
                {
                    rgb[at++] = (byte)((row[x + channel] * alpha + 255 * (255 - alpha) + 127) / 255);
                }
            }
        }
        return rgb;
    }
}

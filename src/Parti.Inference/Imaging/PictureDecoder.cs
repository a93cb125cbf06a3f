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
    public static Picture Decode(byte[] file) => DecodeRgba(file).OnWhite();

    /// <summary>Decodes a PNG, JPEG or WebP file with its transparency; colours under transparent pixels stay as they are.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <exception cref="InvalidDataException">Not a picture, damaged, or more than <see cref="MaxPixels"/> pixels.</exception>
    public static RgbaPicture DecodeRgba(byte[] file)
    {
        using SKData data = SKData.CreateCopy(file);
        using SKCodec codec = SKCodec.Create(data) ?? throw new InvalidDataException("The file is not a PNG, JPEG or WebP picture.");
        int width = codec.Info.Width, height = codec.Info.Height;
        if ((long)width * height > MaxPixels)
        {
            throw new InvalidDataException($"The picture has {width}x{height} pixels; at most {MaxPixels} are read.");
        }
        SKImageInfo info = new(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        byte[] rgba = new byte[4 * width * height];
        unsafe
        {
            fixed (byte* pixels = rgba)
            {
                SKCodecResult result = codec.GetPixels(info, (nint)pixels);
                if (result != SKCodecResult.Success)
                {
                    throw new InvalidDataException($"The picture is damaged: {result}.");
                }
            }
        }
        return new RgbaPicture(width, height, rgba);
    }
}

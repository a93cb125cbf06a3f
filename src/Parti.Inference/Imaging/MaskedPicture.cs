using SkiaSharp;

namespace Parti.Inference.Imaging;

/// <summary>A picture of which a part is to be drawn again. As a file it is a PNG that is transparent there.</summary>
/// <param name="Picture">The picture, colours under the mask included.</param>
/// <param name="Mask">Row-major <c>[Height, Width]</c>; true where it is to be drawn again.</param>
public sealed record MaskedPicture(Picture Picture, bool[] Mask)
{
    /// <summary>Reads what <see cref="ToFile"/> wrote.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <exception cref="InvalidDataException">Not a picture, or damaged.</exception>
    public static MaskedPicture FromFile(byte[] file)
    {
        RgbaPicture picture = PictureDecoder.DecodeRgba(file);
        return new MaskedPicture(picture.Colours(), picture.TransparentPixels());
    }

    /// <summary>The picture as a lossless file.</summary>
    public unsafe byte[] ToFile()
    {
        byte[] rgba = new byte[4 * Mask.Length];
        for (int i = 0; i < Mask.Length; i++)
        {
            Picture.Rgb.AsSpan(3 * i, 3).CopyTo(rgba.AsSpan(4 * i));
            rgba[4 * i + 3] = Mask[i] ? (byte)0 : (byte)255;
        }
        fixed (byte* pixels = rgba)
        {
            SKImageInfo info = new(Picture.Width, Picture.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
            using SKPixmap pixmap = new(info, (nint)pixels);
            using SKData data = pixmap.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.AllFilters, 6))
                ?? throw new InvalidOperationException($"The imaging library cannot write a {Picture.Width}x{Picture.Height} picture as PNG.");
            return data.ToArray();
        }
    }

    /// <summary>Which image tokens are to be drawn again: those whose patch holds a masked pixel.</summary>
    /// <param name="tokens">Image tokens of the model, a square number; their patches tile the picture in raster order.</param>
    /// <returns>Raster order <c>[tokens]</c>.</returns>
    /// <exception cref="EngineRequestException"><c>edits_unsupported</c>: the tokens form no square grid.</exception>
    public bool[] OpenTokens(int tokens)
    {
        int side = (int)Math.Round(Math.Sqrt(tokens));
        return side * side == tokens
            ? PictureScaler.FitSquare(Mask, Picture.Width, Picture.Height, side)
            : throw new EngineRequestException("edits_unsupported", $"The model's {tokens} image tokens form no square grid, so that a mask cannot be laid on them; choose another model.");
    }

    /// <summary>A picture drawn anew under the mask, with the pixels outside of it as they were, byte for byte.</summary>
    /// <param name="drawn">A picture of the same size.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public Picture Compose(Picture drawn)
    {
        if (drawn.Width != Picture.Width || drawn.Height != Picture.Height)
        {
            throw new ArgumentException($"A {drawn.Width}x{drawn.Height} picture cannot be laid under one of {Picture.Width}x{Picture.Height} pixels.", nameof(drawn));
        }
        byte[] rgb = [.. Picture.Rgb];
        for (int i = 0; i < Mask.Length; i++)
        {
            if (Mask[i])
            {
                drawn.Rgb.AsSpan(3 * i, 3).CopyTo(rgb.AsSpan(3 * i));
            }
        }
        return new Picture(drawn.Width, drawn.Height, rgb);
    }
}

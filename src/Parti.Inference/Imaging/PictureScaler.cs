using SkiaSharp;

namespace Parti.Inference.Imaging;

/// <summary>Brings pictures and masks to a size.</summary>
public static class PictureScaler
{
    /// <summary>Resamples a picture: cubic where it grows, averaged over mip levels where it shrinks.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="width">Width of the result in pixels, at least 1.</param>
    /// <param name="height">Height of the result in pixels, at least 1.</param>
    public static Picture Resize(Picture picture, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (picture.Width == width && picture.Height == height)
        {
            return picture;
        }
        bool grows = width >= picture.Width && height >= picture.Height;
        SKSamplingOptions sampling = grows ? new(SKCubicResampler.Mitchell) : new(SKFilterMode.Linear, SKMipmapMode.Linear);
        using SKBitmap source = PictureEncoder.ToBitmap(picture);
        using SKBitmap target = source.Resize(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque), sampling)
            ?? throw new InvalidOperationException($"The imaging library cannot resize a {picture.Width}x{picture.Height} picture to {width}x{height}.");
        return new RgbaPicture(width, height, target.GetPixelSpan().ToArray()).Colours();
    }

    /// <summary>The largest square in the middle, scaled; a square of that size already is returned as it is.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="edge">Edge of the result in pixels, at least 1.</param>
    public static Picture FitSquare(Picture picture, int edge)
    {
        if (picture.Width == picture.Height)
        {
            return Resize(picture, edge, edge);
        }
        int side = Math.Min(picture.Width, picture.Height);
        (int left, int top) = ((picture.Width - side) / 2, (picture.Height - side) / 2);
        byte[] square = new byte[3 * side * side];
        for (int y = 0; y < side; y++)
        {
            picture.Rgb.AsSpan(3 * (((top + y) * picture.Width) + left), 3 * side).CopyTo(square.AsSpan(3 * y * side));
        }
        return Resize(new Picture(side, side, square), edge, edge);
    }

    /// <summary>The mask's square in the middle, scaled; a pixel is set where any pixel it covers is set.</summary>
    /// <param name="mask">Row-major <c>[Height, Width]</c>.</param>
    /// <param name="width">Width of the mask.</param>
    /// <param name="height">Height of the mask.</param>
    /// <param name="edge">Edge of the result in pixels, at least 1.</param>
    /// <returns>Row-major <c>[edge, edge]</c>.</returns>
    public static bool[] FitSquare(bool[] mask, int width, int height, int edge)
    {
        int side = Math.Min(width, height);
        (int left, int top) = ((width - side) / 2, (height - side) / 2);
        bool[] result = new bool[edge * edge];
        for (int y = 0; y < edge; y++)
        {
            (int top0, int top1) = Covered(y, side, edge);
            for (int x = 0; x < edge; x++)
            {
                (int left0, int left1) = Covered(x, side, edge);
                result[y * edge + x] = IsAnySet(mask, width, left + left0, left + left1, top + top0, top + top1);
            }
        }
        return result;
    }

    /// <summary>The pixels of a side that one pixel of the scaled side covers, the second one excluded.</summary>
    static (int From, int To) Covered(int at, int side, int edge)
    {
        int from = (int)((long)at * side / edge);
        return (from, Math.Max(from + 1, (int)(((long)(at + 1) * side + edge - 1) / edge)));
    }

    static bool IsAnySet(bool[] mask, int width, int left, int right, int top, int bottom)
    {
        for (int y = top; y < bottom; y++)
        {
            if (mask.AsSpan(y * width + left, right - left).Contains(true))
            {
                return true;
            }
        }
        return false;
    }
}

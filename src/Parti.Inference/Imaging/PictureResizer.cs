using SkiaSharp;

namespace Parti.Inference.Imaging;

/// <summary>Makes pictures larger or smaller.</summary>
public static class PictureResizer
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
        return new Picture(width, height, PictureDecoder.ToRgb(target));
    }
}

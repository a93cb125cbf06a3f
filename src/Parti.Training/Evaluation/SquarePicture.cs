using Parti.Training.Data;
using Parti.Training.Scenes;

namespace Parti.Training.Evaluation;

/// <summary>Brings pictures of any size to the square that an image tokenizer reads.</summary>
public static class SquarePicture
{
    /// <summary>The middle square, each target pixel the mean of what lies under it, parts of pixels by their share.</summary>
    /// <param name="rgb">The picture, <c>[height, width, 3]</c> bytes.</param>
    /// <param name="width">Width in pixels, from 1.</param>
    /// <param name="height">Height in pixels, from 1.</param>
    /// <param name="size">Edge of the result in pixels, from 1; small pictures are enlarged bilinearly.</param>
    /// <returns><c>[size, size, 3]</c> bytes.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit the bytes.</exception>
    public static byte[] From(byte[] rgb, int width, int height, int size)
    {
        if (width < 1 || height < 1 || size < 1 || rgb.Length != 3L * width * height)
        {
            throw new ArgumentException($"{rgb.Length} bytes are no picture of {width} x {height} x 3, or {size} px is no edge.", nameof(rgb));
        }
        SceneRandom none = default;
        return PictureResampler.Resample(new(width, height, rgb), PictureCrop.Plan(CropRule.Middle, width, height, size, ref none), size);
    }
}

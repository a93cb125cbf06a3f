using Parti.Training.Scenes;

namespace Parti.Training.Data;

/// <summary>Which square of a picture is shown (Parti §4.1).</summary>
public enum CropRule
{
    /// <summary>The middle square; nothing is drawn.</summary>
    Middle,

    /// <summary>DALL·E, listing 1, for the image tokenizer: any square of the shorter side, resized, any crop of that, flipped or not.</summary>
    Tokenizer,

    /// <summary>DALL·E, listing 2, for the transformer and for FID: a square near the middle, resized, any crop of that, never flipped.</summary>
    Transformer,
}

/// <summary>
/// Where the S x S pixels of an example come from: a square of the picture, resized to <see cref="Scaled"/>, then a window of S there.
/// </summary>
/// <param name="Left">Left edge of the square in the picture.</param>
/// <param name="Top">Upper edge of the square in the picture.</param>
/// <param name="Edge">Edge of the square.</param>
/// <param name="Scaled">Edge of the square after resizing, at least S.</param>
/// <param name="X">Left edge of the window, 0 to <paramref name="Scaled"/> - S.</param>
/// <param name="Y">Upper edge of the window, 0 to <paramref name="Scaled"/> - S.</param>
/// <param name="Flip">Whether left and right are exchanged.</param>
readonly record struct PictureCrop(int Left, int Top, int Edge, int Scaled, int X, int Y, bool Flip)
{
    /// <summary>The crop of one picture.</summary>
    /// <param name="rule">Rule.</param>
    /// <param name="width">Width in pixels, from 1.</param>
    /// <param name="height">Height in pixels, from 1.</param>
    /// <param name="size">S, from 1.</param>
    /// <param name="random">Gives the same number of draws for every picture.</param>
    internal static PictureCrop Plan(CropRule rule, int width, int height, int size, ref SceneRandom random)
    {
        int edge = Math.Min(width, height);
        if (rule == CropRule.Middle)
        {
            return new((width - edge) / 2, (height - edge) / 2, edge, size, 0, 0, false);
        }
        (int least, int most) = Range(rule, edge, size);
        int left = Offset(rule, width - edge, ref random), top = Offset(rule, height - edge, ref random);
        int scaled = least + random.Below(most - least + 1);
        int x = random.Below(scaled - size + 1), y = random.Below(scaled - size + 1);
        return new(left, top, edge, scaled, x, y, rule == CropRule.Tokenizer && random.Chance(50));
    }

    // The listings leave out pictures that are smaller than S; here they are enlarged to S and shown whole.
    static (int Least, int Most) Range(CropRule rule, int edge, int size)
    {
        int ninth = (int)Math.Round(9L * size / 8.0), twelfth = (int)Math.Round(12L * size / 8.0);
        (int least, int most) = rule == CropRule.Tokenizer ? (Math.Min(edge, ninth), Math.Min(edge, twelfth)) : (size, Math.Min(edge, ninth));
        return (Math.Max(size, least), Math.Max(size, most));
    }

    static int Offset(CropRule rule, int slack, ref SceneRandom random)
    {
        if (rule == CropRule.Tokenizer)
        {
            return random.Below(slack + 1);
        }
        // Both ends as in the listing, which excludes the upper one.
        int start = (int)(3L * slack / 8), end = (int)Math.Max(start + 1L, 5L * slack / 8);
        return start + random.Below(end - start);
    }
}

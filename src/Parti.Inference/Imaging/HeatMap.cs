namespace Parti.Inference.Imaging;

/// <summary>Lays a map of weights over a picture.</summary>
public static class HeatMap
{
    /// <summary>
    /// A picture under a map, as DAAM's figures are drawn: the map is stretched from its least to its greatest weight, enlarged smoothly, and a pixel is a
    /// mixture of the picture (where the weight is least) and of a colour from blue over green and yellow to red (where it is greatest).
    /// </summary>
    /// <param name="picture">The picture.</param>
    /// <param name="map">Weights <c>[side, side]</c>, row-major. Where all are equal the picture is left as it is.</param>
    /// <param name="side">Columns and rows of the map, at least 1.</param>
    /// <exception cref="ArgumentException">The map is no square of that side.</exception>
    public static Picture Over(Picture picture, IReadOnlyList<float> map, int side)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(map);
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 1);
        if (map.Count != side * side)
        {
            throw new ArgumentException($"A map of side {side} has {side * side} weights, not {map.Count}.", nameof(map));
        }
        (float least, float most) = (map.Min(), map.Max());
        float scale = most > least ? 1 / (most - least) : 0;
        byte[] rgb = new byte[picture.Rgb.Length];
        for (int y = 0, at = 0; y < picture.Height; y++)
        {
            for (int x = 0; x < picture.Width; x++, at += 3)
            {
                float heat = (At(map, side, Place(x, picture.Width, side), Place(y, picture.Height, side)) - least) * scale;
                Mix(picture.Rgb.AsSpan(at, 3), heat, rgb.AsSpan(at, 3));
            }
        }
        return new(picture.Width, picture.Height, rgb);
    }

    // Centres of cells lie on centres of the pixels that they cover.
    static float Place(int pixel, int pixels, int side) => Math.Clamp((pixel + 0.5f) * side / pixels - 0.5f, 0, side - 1);

    static float At(IReadOnlyList<float> map, int side, float x, float y)
    {
        (int left, int top) = ((int)x, (int)y);
        (int right, int bottom) = (Math.Min(left + 1, side - 1), Math.Min(top + 1, side - 1));
        float upper = float.Lerp(map[top * side + left], map[top * side + right], x - left);
        float lower = float.Lerp(map[bottom * side + left], map[bottom * side + right], x - left);
        return float.Lerp(upper, lower, y - top);
    }

    static void Mix(ReadOnlySpan<byte> from, float heat, Span<byte> to)
    {
        // Red, green and blue peak at 3/4, 2/4 and 1/4 of the way.
        for (int channel = 0; channel < 3; channel++)
        {
            float colour = Math.Clamp(1.5f - Math.Abs(4 * heat - (3 - channel)), 0, 1);
            to[channel] = (byte)MathF.Round(float.Lerp(from[channel], 255 * colour, heat));
        }
    }
}

namespace Parti.Training.Data;

/// <summary>Pixels of a picture, <c>[Height, Width, 3]</c> bytes, red, green, blue.</summary>
sealed record RgbPicture(int Width, int Height, byte[] Rgb);

/// <summary>
/// Resizes squares: to fewer pixels by area, each target pixel the mean of what lies under it, parts of pixels by their share (what DALL·E's
/// listings call AREA); to more pixels bilinearly, centres at half pixels and the border repeated. Rounds half to even.
/// </summary>
static class PictureResampler
{
    /// <summary>One target pixel: its first source pixel and the weights from there on, which add up to 1.</summary>
    readonly record struct Taps(int First, float[] Weights);

    /// <summary>The window of a resized square.</summary>
    /// <param name="picture">Picture.</param>
    /// <param name="crop">A crop that fits it.</param>
    /// <param name="size">S, from 1.</param>
    /// <returns><c>[S, S, 3]</c> bytes.</returns>
    internal static byte[] Resample(RgbPicture picture, PictureCrop crop, int size)
    {
        Taps[] across = Of(crop.Edge, crop.Scaled, crop.X, size), down = Of(crop.Edge, crop.Scaled, crop.Y, size);
        if (crop.Flip)
        {
            Array.Reverse(across);
        }
        int first = down[0].First, rows = down[^1].First + down[^1].Weights.Length - first, stride = 3 * size;
        float[] narrow = new float[rows * stride];
        for (int row = 0; row < rows; row++)
        {
            int at = 3 * ((crop.Top + first + row) * picture.Width + crop.Left);
            Narrow(picture.Rgb.AsSpan(at, 3 * crop.Edge), across, narrow.AsSpan(row * stride, stride));
        }
        byte[] result = new byte[size * stride];
        float[] sums = new float[stride];
        for (int y = 0; y < size; y++)
        {
            Lower(narrow.AsSpan((down[y].First - first) * stride), down[y].Weights, sums);
            for (int i = 0; i < stride; i++)
            {
                result[y * stride + i] = (byte)Math.Clamp(MathF.Round(sums[i]), 0, 255);
            }
        }
        return result;
    }

    static void Narrow(ReadOnlySpan<byte> row, Taps[] taps, Span<float> target)
    {
        for (int x = 0; x < taps.Length; x++)
        {
            (int first, float[] weights) = taps[x];
            float red = 0, green = 0, blue = 0;
            for (int i = 0, at = 3 * first; i < weights.Length; i++, at += 3)
            {
                red += weights[i] * row[at];
                green += weights[i] * row[at + 1];
                blue += weights[i] * row[at + 2];
            }
            (target[3 * x], target[3 * x + 1], target[3 * x + 2]) = (red, green, blue);
        }
    }

    static void Lower(ReadOnlySpan<float> rows, float[] weights, float[] sums)
    {
        Array.Clear(sums);
        for (int k = 0; k < weights.Length; k++)
        {
            ReadOnlySpan<float> row = rows.Slice(k * sums.Length, sums.Length);
            for (int i = 0; i < sums.Length; i++)
            {
                sums[i] += weights[k] * row[i];
            }
        }
    }

    static Taps[] Of(int edge, int scaled, int offset, int size) =>
        [.. Enumerable.Range(offset, size).Select(target => scaled <= edge ? Area(target, edge, scaled) : Linear(target, edge, scaled))];

    // In units of a source pixel over scaled, so that every border is whole.
    static Taps Area(int target, int edge, int scaled)
    {
        long start = (long)target * edge, end = start + edge;
        int first = (int)(start / scaled), last = (int)((end - 1) / scaled);
        float[] weights = new float[last - first + 1];
        for (int i = 0; i < weights.Length; i++)
        {
            long pixel = (long)(first + i) * scaled;
            weights[i] = (float)((Math.Min(end, pixel + scaled) - Math.Max(start, pixel)) / (double)edge);
        }
        return new(first, weights);
    }

    static Taps Linear(int target, int edge, int scaled)
    {
        double centre = Math.Clamp((target + 0.5) * edge / scaled - 0.5, 0, edge - 1);
        int first = Math.Min((int)centre, Math.Max(0, edge - 2));
        float share = (float)(centre - first);
        return new(first, edge == 1 ? [1] : [1 - share, share]);
    }
}

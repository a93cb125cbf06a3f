namespace Parti.Training.Evaluation;

/// <summary>Brings pictures of any size to the square that an image tokenizer reads.</summary>
public static class SquarePicture
{
    /// <summary>The middle square, each target pixel the mean of the pixels under it.</summary>
    /// <param name="rgb">The picture, <c>[height, width, 3]</c> bytes.</param>
    /// <param name="width">Width in pixels, from 1.</param>
    /// <param name="height">Height in pixels, from 1.</param>
    /// <param name="size">Edge of the result in pixels, from 1; small pictures are enlarged by repeating pixels.</param>
    /// <returns><c>[size, size, 3]</c> bytes.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit the bytes.</exception>
    public static byte[] From(byte[] rgb, int width, int height, int size)
    {
        if (width < 1 || height < 1 || size < 1 || rgb.Length != 3L * width * height)
        {
            throw new ArgumentException($"{rgb.Length} bytes are no picture of {width} x {height} x 3, or {size} px is no edge.", nameof(rgb));
        }
        int edge = Math.Min(width, height), left = (width - edge) / 2, top = (height - edge) / 2;
        byte[] result = new byte[3 * size * size];
        for (int i = 0; i < result.Length; i++)
        {
            (int x, int y, int channel) = (i / 3 % size, i / 3 / size, i % 3);
            result[i] = Mean(rgb, width, channel, Under(x, size, edge, left), Under(y, size, edge, top));
        }
        return result;
    }

    static (int Start, int End) Under(int target, int size, int edge, int offset)
    {
        int start = (int)((long)target * edge / size);
        return (offset + start, offset + Math.Max(start + 1, (int)((target + 1L) * edge / size)));
    }

    static byte Mean(byte[] rgb, int width, int channel, (int Start, int End) across, (int Start, int End) down)
    {
        long sum = 0, count = (long)(across.End - across.Start) * (down.End - down.Start);
        for (int y = down.Start; y < down.End; y++)
        {
            for (int x = across.Start; x < across.End; x++)
            {
                sum += rgb[3 * (y * width + x) + channel];
            }
        }
        return (byte)((sum + count / 2) / count);
    }
}

namespace Parti.Training.Scenes;

/// <summary>Brings pictures of any size to 64 x 64 px by averaging the pixels under each target pixel.</summary>
internal static class ReferenceCanvas
{
    private const int Edge = SceneVocabulary.CanvasSize;

    /// <summary>Returns <c>[64, 64, 3]</c> bytes; the input itself where it has that size already.</summary>
    internal static byte[] From(byte[] rgb, int width, int height)
    {
        if (width == Edge && height == Edge)
        {
            return rgb;
        }

        byte[] canvas = new byte[Edge * Edge * 3];
        for (int y = 0; y < Edge; y++)
        {
            (int top, int bottom) = Span(y, height);
            for (int x = 0; x < Edge; x++)
            {
                (int left, int right) = Span(x, width);
                Average(rgb, width, (left, right), (top, bottom), canvas.AsSpan(((y * Edge) + x) * 3, 3));
            }
        }

        return canvas;
    }

    /// <summary>Source pixels under a target pixel; at least one.</summary>
    private static (int Start, int End) Span(int target, int length)
    {
        int start = (int)((long)target * length / Edge);
        return (start, Math.Max(start + 1, (int)((target + 1L) * length / Edge)));
    }

    private static void Average(byte[] rgb, int width, (int Start, int End) across, (int Start, int End) down, Span<byte> pixel)
    {
        long r = 0;
        long g = 0;
        long b = 0;
        for (int y = down.Start; y < down.End; y++)
        {
            ReadOnlySpan<byte> row = rgb.AsSpan(((y * width) + across.Start) * 3, (across.End - across.Start) * 3);
            for (int i = 0; i < row.Length; i += 3)
            {
                r += row[i];
                g += row[i + 1];
                b += row[i + 2];
            }
        }

        long count = (long)(across.End - across.Start) * (down.End - down.Start);
        pixel[0] = (byte)((r + (count / 2)) / count);
        pixel[1] = (byte)((g + (count / 2)) / count);
        pixel[2] = (byte)((b + (count / 2)) / count);
    }
}

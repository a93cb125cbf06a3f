namespace Parti.Training.Scenes;

/// <summary>The bounding box of what covers at least half a pixel, on a 64 x 64 px coverage map.</summary>
internal readonly record struct CoverBox(int Left, int Top, int Width, int Height)
{
    /// <summary>Edge of the square that boxes are stretched to; the box of a medium object on the reference canvas.</summary>
    internal const int MaskEdge = 24;

    private const int Edge = SceneVocabulary.CanvasSize;

    internal double CenterX => Left + (Width / 2.0);

    internal double CenterY => Top + (Height / 2.0);

    /// <summary>The box, or null where nothing is covered.</summary>
    internal static CoverBox? Around(float[] cover)
    {
        int left = Edge;
        int top = Edge;
        int right = -1;
        int bottom = -1;
        for (int at = 0; at < cover.Length; at++)
        {
            if (cover[at] >= 0.5f)
            {
                (left, right) = (Math.Min(left, at % Edge), Math.Max(right, at % Edge));
                (top, bottom) = (Math.Min(top, at / Edge), at / Edge);
            }
        }

        return right < 0 ? null : new CoverBox(left, top, right - left + 1, bottom - top + 1);
    }

    /// <summary>Resamples the box to <c>[24, 24]</c>, bilinear.</summary>
    internal float[] Stretch(float[] cover)
    {
        float[] mask = new float[MaskEdge * MaskEdge];
        for (int y = 0; y < MaskEdge; y++)
        {
            (int y0, int y1, float fy) = Between(y, Height);
            for (int x = 0; x < MaskEdge; x++)
            {
                (int x0, int x1, float fx) = Between(x, Width);
                float upper = float.Lerp(At(cover, x0, y0), At(cover, x1, y0), fx);
                float lower = float.Lerp(At(cover, x0, y1), At(cover, x1, y1), fx);
                mask[(y * MaskEdge) + x] = float.Lerp(upper, lower, fy);
            }
        }

        return mask;
    }

    private static (int Low, int High, float Fraction) Between(int target, int length)
    {
        float source = Math.Clamp(((target + 0.5f) * length / MaskEdge) - 0.5f, 0f, length - 1);
        int low = (int)source;
        return (low, Math.Min(low + 1, length - 1), source - low);
    }

    private float At(float[] cover, int x, int y) => cover[((Top + y) * Edge) + Left + x];
}

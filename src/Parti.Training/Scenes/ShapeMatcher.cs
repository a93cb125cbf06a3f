namespace Parti.Training.Scenes;

/// <summary>Names the shape of one component by comparing its coverage, stretched to a fixed box, with the renderer's own masks.</summary>
internal static class ShapeMatcher
{
    private const int Edge = SceneVocabulary.CanvasSize;

    /// <summary>Edge of the box that masks are compared in; the box of a medium object on the reference canvas.</summary>
    private const int MaskEdge = 24;

    /// <summary>
    /// Below this intersection over union a component is no shape. Drawn shapes stay above 0.85; the most alike pair of shapes
    /// reaches about 0.8.
    /// </summary>
    private const double MinMatch = 0.65;

    /// <summary>Box edges between the size classes, in pixels: half way between 16, 24 and 32.</summary>
    private const int SmallBelow = 20;
    private const int LargeFrom = 28;

    private static readonly float[][] Templates = [.. Enum.GetValues<Shape>().Select(Template)];

    /// <summary>What a component is, or null where nothing of it is mostly of its colour.</summary>
    internal static SeenObject? Describe(byte[] rgb, List<int> component, ObjectColor color, Rgb ground)
    {
        float[] cover = new float[Edge * Edge];
        int left = Edge;
        int top = Edge;
        int right = -1;
        int bottom = -1;
        Rgb value = SceneVocabulary.Colors[(int)color].Value;
        foreach (int at in component)
        {
            cover[at] = Cover(rgb.AsSpan(at * 3, 3), ground, value);
            if (cover[at] >= 0.5f)
            {
                (left, right) = (Math.Min(left, at % Edge), Math.Max(right, at % Edge));
                (top, bottom) = (Math.Min(top, at / Edge), Math.Max(bottom, at / Edge));
            }
        }

        if (right < 0)
        {
            return null;
        }

        int width = right - left + 1;
        int height = bottom - top + 1;
        (Shape shape, double match) = Match(Stretch(cover, left, top, width, height));
        int extent = Math.Max(width, height);
        ObjectSize size = extent < SmallBelow ? ObjectSize.Small : extent < LargeFrom ? ObjectSize.Medium : ObjectSize.Large;
        return new SeenObject(match >= MinMatch ? shape : null, color, size, left + (width / 2.0), top + (height / 2.0), match);
    }

    /// <summary>How much of a pixel the object covers, 0..1: its place on the line from background to object colour.</summary>
    private static float Cover(ReadOnlySpan<byte> pixel, Rgb ground, Rgb color)
    {
        int r = color.R - ground.R;
        int g = color.G - ground.G;
        int b = color.B - ground.B;
        int along = ((pixel[0] - ground.R) * r) + ((pixel[1] - ground.G) * g) + ((pixel[2] - ground.B) * b);
        return Math.Clamp(along / (float)((r * r) + (g * g) + (b * b)), 0f, 1f);
    }

    /// <summary>Resamples a box to <c>[24, 24]</c>, bilinear.</summary>
    private static float[] Stretch(float[] cover, int left, int top, int width, int height)
    {
        float[] mask = new float[MaskEdge * MaskEdge];
        for (int y = 0; y < MaskEdge; y++)
        {
            (int y0, int y1, float fy) = Between(y, height);
            for (int x = 0; x < MaskEdge; x++)
            {
                (int x0, int x1, float fx) = Between(x, width);
                float upper = float.Lerp(At(x0, y0), At(x1, y0), fx);
                float lower = float.Lerp(At(x0, y1), At(x1, y1), fx);
                mask[(y * MaskEdge) + x] = float.Lerp(upper, lower, fy);
            }
        }

        return mask;

        float At(int x, int y) => cover[((top + y) * Edge) + left + x];
    }

    private static (int Low, int High, float Fraction) Between(int target, int length)
    {
        float source = Math.Clamp(((target + 0.5f) * length / MaskEdge) - 0.5f, 0f, length - 1);
        int low = (int)source;
        return (low, Math.Min(low + 1, length - 1), source - low);
    }

    private static (Shape Shape, double Match) Match(float[] mask)
    {
        (Shape, double) best = (Shape.Circle, 0);
        for (int shape = 0; shape < Templates.Length; shape++)
        {
            double overlap = 0;
            double union = 0;
            for (int i = 0; i < mask.Length; i++)
            {
                overlap += Math.Min(mask[i], Templates[shape][i]);
                union += Math.Max(mask[i], Templates[shape][i]);
            }

            if (overlap / union > best.Item2)
            {
                best = ((Shape)shape, overlap / union);
            }
        }

        return best;
    }

    private static float[] Template(Shape shape)
    {
        byte[] mask = SceneRenderer.Mask(shape, MaskEdge);
        return [.. mask.Select(covered => covered / (float)SceneRenderer.FullCoverage)];
    }
}

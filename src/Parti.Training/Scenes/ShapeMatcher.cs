namespace Parti.Training.Scenes;

/// <summary>Names the shape of one component by comparing its coverage, stretched to a fixed box, with the renderer's own masks.</summary>
internal static class ShapeMatcher
{
    private const int Edge = SceneVocabulary.CanvasSize;

    /// <summary>
    /// Below this intersection over union a component is no shape. Drawn shapes reach 0.85 or more, blurred ones with noise 0.75.
    /// </summary>
    private const float MinMatch = 0.7f;

    /// <summary>Box edges between the size classes, in pixels: half way between 16, 24 and 32.</summary>
    private const int SmallBelow = 20;
    private const int LargeFrom = 28;

    /// <summary>What a component is, or null where nothing of it is mostly of its colour.</summary>
    internal static SeenObject? Describe(byte[] rgb, List<int> component, ObjectColor color, Rgb ground)
    {
        float[] cover = new float[Edge * Edge];
        Rgb value = SceneVocabulary.Colors[(int)color].Value;
        foreach (int at in component)
        {
            cover[at] = Cover(rgb.AsSpan(at * 3, 3), ground, value);
        }

        if (CoverBox.Around(cover) is not { } box)
        {
            return null;
        }

        int extent = Math.Max(box.Width, box.Height);
        ObjectSize size = extent < SmallBelow ? ObjectSize.Small : extent < LargeFrom ? ObjectSize.Medium : ObjectSize.Large;
        (Shape shape, float match) = Match(box.Stretch(cover), size);
        return new SeenObject(match >= MinMatch ? shape : null, color, size, box.CenterX, box.CenterY, match);
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

    private static (Shape Shape, float Match) Match(float[] mask, ObjectSize size)
    {
        (Shape Shape, float Match) best = default;
        foreach (ShapeTemplate template in ShapeTemplate.Of(size))
        {
            float match = template.Overlap(mask);
            if (match > best.Match)
            {
                best = (template.Shape, match);
            }
        }

        return best;
    }
}

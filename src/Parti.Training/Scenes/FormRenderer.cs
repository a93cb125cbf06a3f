namespace Parti.Training.Scenes;

/// <summary>
/// Draws discs and polygons of random corners at random places, without captions, in the scenes' colours. An image tokenizer that sees them too
/// has codes for parts that no named shape shows in some colour. What has the form of a held-out pair is drawn in another colour, so that no part
/// of a training sees one. Whole numbers only: the same bytes on every platform.
/// </summary>
internal static class FormRenderer
{
    private const int MostForms = 3, LeastCorners = 3, MostCorners = 6, DiscPercent = 30;

    // Corners, centres and radii are in eighths of a pixel of the reference canvas.
    private const int Unit = 8, Samples = 4, LeastRadius = 3 * Unit, MostRadius = 20 * Unit;
    private const int Edge = SceneVocabulary.CanvasSize;

    /// <summary>Draws a picture.</summary>
    /// <param name="random">What it is drawn from.</param>
    /// <param name="size">S, edge in pixels, 1 to <see cref="SceneRenderer.MaxSize"/>.</param>
    /// <returns><c>[S, S, 3]</c> bytes.</returns>
    internal static byte[] Draw(SceneRandom random, int size)
    {
        byte[] rgb = new byte[size * size * 3];
        Rgb ground = SceneVocabulary.Backgrounds[random.Below(SceneVocabulary.Backgrounds.Length)].Value;
        for (int i = 0; i < rgb.Length; i += 3)
        {
            (rgb[i], rgb[i + 1], rgb[i + 2]) = (ground.R, ground.G, ground.B);
        }

        int forms = 1 + random.Below(MostForms);
        for (int form = 0; form < forms; form++)
        {
            (Func<int, int, bool> isInside, Shape? named) = Form(ref random);
            Fill(rgb, size, isInside, SceneVocabulary.Colors[(int)Color(named, ref random)].Value);
        }

        return rgb;
    }

    private static ObjectColor Color(Shape? named, ref SceneRandom random)
    {
        while (true)
        {
            var color = (ObjectColor)random.Below(SceneVocabulary.Colors.Length);
            if (named is not { } shape || !HeldOut.IsPair(color, shape))
            {
                return color;
            }
        }
    }

    private static (Func<int, int, bool> IsInside, Shape? Named) Form(ref SceneRandom random)
    {
        (int x, int y) = (random.Below(Edge * Unit), random.Below(Edge * Unit));
        int radius = LeastRadius + random.Below(MostRadius - LeastRadius);
        if (random.Chance(DiscPercent))
        {
            return ((px, py) => ((px - x) * (px - x)) + ((py - y) * (py - y)) <= radius * radius, Shape.Circle);
        }

        var corners = new (double X, double Y)[LeastCorners + random.Below(MostCorners - LeastCorners + 1)];
        for (int i = 0; i < corners.Length; i++)
        {
            corners[i] = (x - radius + random.Below(2 * radius), y - radius + random.Below(2 * radius));
        }

        return ((px, py) => ShapeGeometry.IsInside(corners, px, py), corners.Length == LeastCorners ? Shape.Triangle : null);
    }

    private static void Fill(byte[] rgb, int size, Func<int, int, bool> form, Rgb color)
    {
        for (int pixel = 0; pixel < size * size; pixel++)
        {
            int cover = 0;
            for (int sample = 0; sample < Samples * Samples; sample++)
            {
                cover += form(Place(pixel % size, sample % Samples, size), Place(pixel / size, sample / Samples, size)) ? 1 : 0;
            }

            if (cover > 0)
            {
                SceneRenderer.Blend(rgb.AsSpan(pixel * 3, 3), color, cover);
            }
        }
    }

    // The middle of a sample on the reference canvas.
    private static int Place(int pixel, int sample, int size) => ((pixel * Samples * 2) + (sample * 2) + 1) * Edge * Unit / (size * Samples * 2);
}

namespace Parti.Training.Scenes;

/// <summary>Finds the background and the separate objects of a 64 x 64 px picture.</summary>
internal static class ObjectFinder
{
    private const int Edge = SceneVocabulary.CanvasSize;
    private const int Pixels = Edge * Edge;

    /// <summary>Components below 1/256 of the picture are specks.</summary>
    private const int MinPixels = Pixels / 256;

    /// <summary>Squared distance from the background, on a 0..255 scale, below which a pixel is background.</summary>
    private const int MinContrast = 45 * 45;

    private const byte Empty = 0xFF;

    /// <summary>Returns the background and the objects, from top to bottom.</summary>
    internal static (Background Background, IReadOnlyList<SeenObject> Objects) Find(byte[] rgb)
    {
        Background background = CommonestBackground(rgb);
        Rgb ground = SceneVocabulary.Backgrounds[(int)background].Value;
        byte[] colors = new byte[Pixels];
        for (int i = 0; i < Pixels; i++)
        {
            colors[i] = Classify(rgb.AsSpan(i * 3, 3), ground);
        }

        List<SeenObject> objects = [];
        List<int> component = [];
        bool[] visited = new bool[Pixels];
        for (int start = 0; start < Pixels; start++)
        {
            if (colors[start] == Empty || visited[start])
            {
                continue;
            }

            Flood(start, colors, visited, component);
            if (component.Count >= MinPixels && ShapeMatcher.Describe(rgb, component, Majority(component, colors), ground) is { } seen)
            {
                objects.Add(seen);
            }
        }

        return (background, objects);
    }

    private static Background CommonestBackground(byte[] rgb)
    {
        Span<int> votes = stackalloc int[SceneVocabulary.Backgrounds.Length];
        for (int i = 0; i < Pixels; i++)
        {
            ReadOnlySpan<byte> pixel = rgb.AsSpan(i * 3, 3);
            int best = 0;
            int least = int.MaxValue;
            for (int candidate = 0; candidate < votes.Length; candidate++)
            {
                Nearer(pixel, SceneVocabulary.Backgrounds[candidate].Value, candidate, ref best, ref least);
            }

            bool isObject = false;
            foreach ((_, Rgb value) in SceneVocabulary.Colors)
            {
                isObject |= Distance(pixel, value) < least;
            }

            votes[best] += isObject ? 0 : 1;
        }

        return (Background)votes.IndexOf(Max(votes));
    }

    /// <summary>The nearest object colour, or <see cref="Empty"/> for a pixel that is nearer or close to the background.</summary>
    private static byte Classify(ReadOnlySpan<byte> pixel, Rgb ground)
    {
        int best = Empty;
        int fromGround = Distance(pixel, ground);
        if (fromGround < MinContrast)
        {
            return Empty;
        }

        int least = fromGround;
        for (int color = 0; color < SceneVocabulary.Colors.Length; color++)
        {
            Nearer(pixel, SceneVocabulary.Colors[color].Value, color, ref best, ref least);
        }

        return (byte)best;
    }

    /// <summary>Collects the 4-connected foreground around a pixel.</summary>
    private static void Flood(int start, byte[] colors, bool[] visited, List<int> component)
    {
        component.Clear();
        component.Add(start);
        visited[start] = true;
        for (int done = 0; done < component.Count; done++)
        {
            int at = component[done];
            int x = at % Edge;
            Visit(at - Edge, at >= Edge);
            Visit(at + Edge, at < Pixels - Edge);
            Visit(at - 1, x > 0);
            Visit(at + 1, x < Edge - 1);
        }

        void Visit(int at, bool inside)
        {
            if (inside && !visited[at] && colors[at] != Empty)
            {
                visited[at] = true;
                component.Add(at);
            }
        }
    }

    private static ObjectColor Majority(List<int> component, byte[] colors)
    {
        Span<int> votes = stackalloc int[SceneVocabulary.Colors.Length];
        foreach (int at in component)
        {
            votes[colors[at]]++;
        }

        return (ObjectColor)votes.IndexOf(Max(votes));
    }

    private static void Nearer(ReadOnlySpan<byte> pixel, Rgb value, int candidate, ref int best, ref int least)
    {
        int distance = Distance(pixel, value);
        if (distance < least)
        {
            (best, least) = (candidate, distance);
        }
    }

    private static int Distance(ReadOnlySpan<byte> pixel, Rgb color)
    {
        int r = pixel[0] - color.R;
        int g = pixel[1] - color.G;
        int b = pixel[2] - color.B;
        return (r * r) + (g * g) + (b * b);
    }

    private static int Max(ReadOnlySpan<int> values)
    {
        int max = values[0];
        foreach (int value in values)
        {
            max = Math.Max(max, value);
        }

        return max;
    }
}

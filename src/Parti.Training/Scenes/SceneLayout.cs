using System.Runtime.InteropServices;

namespace Parti.Training.Scenes;

/// <summary>Places boxes on the grid of cells; every layout is drawn uniformly from the ones that fit.</summary>
internal static class SceneLayout
{
    /// <summary>Free cells that stay between two boxes, along at least one axis.</summary>
    private const int Gap = 1;

    /// <summary>Objects of one kind and size at random places.</summary>
    internal static IReadOnlyList<SceneObject> Scatter(SpecObject kind, int count, ObjectSize size, ref SceneRandom random)
    {
        int cells = SceneVocabulary.Sizes[(int)size].Cells;
        List<(int X, int Y)> placed = [];
        while (placed.Count < count)
        {
            List<(int X, int Y)> free = Free(placed, cells);
            if (free.Count == 0)
            {
                // A medium box near the middle leaves no room for a second one.
                placed.Clear();
                continue;
            }

            placed.Add(free[random.Below(free.Count)]);
        }

        return [.. placed.Select(at => Place(kind, size, at.X, at.Y))];
    }

    /// <summary>Two objects: at least one free cell between them along the relation's axis, centres at most one cell apart across.</summary>
    internal static IReadOnlyList<SceneObject> Related(SpecObject first, SpecObject second, Relation relation, ref SceneRandom random)
    {
        bool swapped = relation is Relation.RightOf or Relation.Below;
        (SpecObject before, SpecObject after) = swapped ? (second, first) : (first, second);
        ObjectSize beforeSize = before.Size ?? ObjectSize.Medium;
        ObjectSize afterSize = after.Size ?? ObjectSize.Medium;
        int a = SceneVocabulary.Sizes[(int)beforeSize].Cells;
        int b = SceneVocabulary.Sizes[(int)afterSize].Cells;
        (int X, int Y) along = Pick(Along(a, b), ref random);
        (int X, int Y) across = Pick(Across(a, b), ref random);
        bool horizontal = relation is Relation.LeftOf or Relation.RightOf;
        SceneObject placedBefore = horizontal ? Place(before, beforeSize, along.X, across.X) : Place(before, beforeSize, across.X, along.X);
        SceneObject placedAfter = horizontal ? Place(after, afterSize, along.Y, across.Y) : Place(after, afterSize, across.Y, along.Y);
        return swapped ? [placedAfter, placedBefore] : [placedBefore, placedAfter];
    }

    private static List<(int X, int Y)> Free(List<(int X, int Y)> placed, int cells)
    {
        List<(int X, int Y)> free = [];
        int last = SceneVocabulary.CellsPerEdge - cells;
        for (int y = 0; y <= last; y++)
        {
            for (int x = 0; x <= last; x++)
            {
                bool clear = true;
                foreach ((int px, int py) in CollectionsMarshal.AsSpan(placed))
                {
                    clear &= Math.Max(Math.Abs(px - x), Math.Abs(py - y)) >= cells + Gap;
                }

                if (clear)
                {
                    free.Add((x, y));
                }
            }
        }

        return free;
    }

    private static List<(int First, int Second)> Along(int a, int b)
    {
        List<(int, int)> fits = [];
        for (int first = 0; first + a + Gap + b <= SceneVocabulary.CellsPerEdge; first++)
        {
            for (int second = first + a + Gap; second + b <= SceneVocabulary.CellsPerEdge; second++)
            {
                fits.Add((first, second));
            }
        }

        return fits;
    }

    private static List<(int First, int Second)> Across(int a, int b)
    {
        List<(int, int)> fits = [];
        for (int first = 0; first + a <= SceneVocabulary.CellsPerEdge; first++)
        {
            for (int second = 0; second + b <= SceneVocabulary.CellsPerEdge; second++)
            {
                // In half cells: centre = 2 * start + edge.
                if (Math.Abs((2 * first) + a - (2 * second) - b) <= 2)
                {
                    fits.Add((first, second));
                }
            }
        }

        return fits;
    }

    private static (int X, int Y) Pick(List<(int X, int Y)> fits, ref SceneRandom random) => fits[random.Below(fits.Count)];

    private static SceneObject Place(SpecObject kind, ObjectSize size, int cellX, int cellY)
    {
        int radius = SceneVocabulary.Radius(size);
        return new SceneObject(
            kind.Shape, kind.Color, size, (cellX * SceneVocabulary.CellSize) + radius, (cellY * SceneVocabulary.CellSize) + radius);
    }
}

using System.Runtime.InteropServices;

namespace Parti.Training.Scenes;

/// <summary>A place on the grid of cells: those left of it and above it.</summary>
internal readonly record struct Cell(int X, int Y);

/// <summary>Places square boxes on the grid of cells; every layout is drawn uniformly from the ones that fit.</summary>
internal static class CellLayout
{
    /// <summary>Free cells that stay between two boxes, along at least one axis.</summary>
    private const int Gap = 1;

    /// <summary>Boxes of one size at random places.</summary>
    /// <param name="cells">Edge of a box.</param>
    /// <param name="count">How many; all of them fit.</param>
    /// <param name="random">Random numbers.</param>
    internal static IReadOnlyList<Cell> Scatter(int cells, int count, ref SceneRandom random)
    {
        List<Cell> placed = [];
        while (placed.Count < count)
        {
            List<Cell> free = Free(placed, cells);
            if (free.Count == 0)
            {
                // A medium box near the middle leaves no room for a second one.
                placed.Clear();
                continue;
            }

            placed.Add(free[random.Below(free.Count)]);
        }

        return placed;
    }

    /// <summary>Two boxes: at least one free cell between them along the relation's axis, centres at most one cell apart across.</summary>
    /// <param name="first">Edge of the first.</param>
    /// <param name="second">Edge of the second.</param>
    /// <param name="relation">Where the first is seen from the second.</param>
    /// <param name="random">Random numbers.</param>
    internal static (Cell First, Cell Second) Related(int first, int second, Relation relation, ref SceneRandom random)
    {
        bool swapped = relation is Relation.RightOf or Relation.Below;
        (int before, int after) = swapped ? (second, first) : (first, second);
        (int X, int Y) along = Pick(Along(before, after), ref random);
        (int X, int Y) across = Pick(Across(before, after), ref random);
        bool horizontal = relation is Relation.LeftOf or Relation.RightOf;
        Cell one = horizontal ? new(along.X, across.X) : new(across.X, along.X);
        Cell other = horizontal ? new(along.Y, across.Y) : new(across.Y, along.Y);
        return swapped ? (other, one) : (one, other);
    }

    private static List<Cell> Free(List<Cell> placed, int cells)
    {
        List<Cell> free = [];
        int last = SceneVocabulary.CellsPerEdge - cells;
        for (int y = 0; y <= last; y++)
        {
            for (int x = 0; x <= last; x++)
            {
                bool clear = true;
                foreach (Cell other in CollectionsMarshal.AsSpan(placed))
                {
                    clear &= Math.Max(Math.Abs(other.X - x), Math.Abs(other.Y - y)) >= cells + Gap;
                }

                if (clear)
                {
                    free.Add(new(x, y));
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
}

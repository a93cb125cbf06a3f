using Parti.Training.Scenes;

namespace Parti.Training.Sprites;

/// <summary>How much each of the 8 x 8 cells of a 64 x 64 px picture differs from a flat background: squared differences, summed over pixels and channels.</summary>
sealed class DifferingCells
{
    /// <summary>From here on a cell shows something: well above what an image tokenizer leaves on flat ground.</summary>
    internal const int Least = 400 * Cell * Cell;

    const int Edge = SceneVocabulary.CanvasSize, Cell = SceneVocabulary.CellSize, Cells = SceneVocabulary.CellsPerEdge;

    readonly int[] _cells = new int[Cells * Cells];

    /// <summary>Looks at a picture.</summary>
    /// <param name="picture"><c>[64, 64, 3]</c> bytes.</param>
    /// <param name="ground">The background.</param>
    internal DifferingCells(byte[] picture, Rgb ground)
    {
        for (int i = 0; i < Edge * Edge; i++)
        {
            (int y, int x) = Math.DivRem(i, Edge);
            _cells[y / Cell * Cells + x / Cell] += Distance(picture.AsSpan(3 * i, 3), [ground.R, ground.G, ground.B]);
        }
    }

    /// <summary>Squared difference of two stretches of as many bytes.</summary>
    internal static int Distance(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        int sum = 0;
        for (int i = 0; i < one.Length; i++)
        {
            int difference = one[i] - other[i];
            sum += difference * difference;
        }
        return sum;
    }

    /// <summary>Sum over a box of cells, which must lie inside.</summary>
    internal long Sum(int x, int y, int cells)
    {
        long sum = 0;
        for (int i = 0; i < cells * cells; i++)
        {
            sum += _cells[(y + i / cells) * Cells + x + i % cells];
        }
        return sum;
    }

    /// <summary>Groups of neighbouring cells that show something and belong to no sprite.</summary>
    internal int GroupsOutside(IReadOnlyList<PlacedSprite> sprites)
    {
        bool[] open = [.. _cells.Select((value, i) => value >= Least && !sprites.Any(sprite => sprite.Covers(i % Cells, i / Cells)))];
        int groups = 0;
        for (int i = 0; i < open.Length; i++)
        {
            groups += open[i] ? 1 : 0;
            Close(open, i);
        }
        return groups;
    }

    static void Close(bool[] open, int start)
    {
        Stack<int> rest = new([start]);
        while (rest.TryPop(out int at))
        {
            if (open[at])
            {
                open[at] = false;
                (int y, int x) = Math.DivRem(at, Cells);
                foreach ((int toX, int toY) in ((int, int)[])[(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)])
                {
                    if (toX is >= 0 and < Cells && toY is >= 0 and < Cells)
                    {
                        rest.Push(toY * Cells + toX);
                    }
                }
            }
        }
    }
}

using System.Collections.Concurrent;
using Parti.Training.Scenes;

namespace Parti.Training.Sprites;

/// <summary>
/// Judges pictures of sprites by their pixels alone: at 64 x 64 px every sprite is laid on every place of the grid over the flat background, and
/// the ones that explain most are taken, as long as they leave less than <see cref="MostUnexplained"/> of what differs from the background. What
/// nothing explains is a thing without a name. It knows its sprites only: another drawing of a fox is no fox. Safe for use by many threads.
/// </summary>
/// <param name="set">Sprites.</param>
public sealed class SpriteOracle(SpriteSet set)
{
    /// <summary>Share of the squared difference from the background, in a sprite's box, that may remain when the sprite is laid on it.</summary>
    public const double MostUnexplained = 0.4;

    const int Edge = SceneVocabulary.CanvasSize, Cell = SceneVocabulary.CellSize, Cells = SceneVocabulary.CellsPerEdge;

    readonly ConcurrentDictionary<(Background Ground, int Index, SpriteSize Size), byte[]> _drawn = new();

    /// <summary>Compares a picture with what a caption states.</summary>
    /// <param name="rgb">The picture, <c>[S, S, 3]</c> bytes.</param>
    /// <param name="size">S, edge in pixels, from 1.</param>
    /// <param name="spec">What the caption states.</param>
    public SpriteVerdict Judge(byte[] rgb, int size, SpriteSpec spec)
    {
        (Background background, IReadOnlyList<PlacedSprite> seen, int unnamed) = Look(rgb, size);
        bool count = seen.Count + unnamed == spec.Count, ground = spec.Background is null || spec.Background == background;
        bool sizes = seen.All(one => spec.Size is null || one.Size == spec.Size);
        if (spec.Relation is not { } relation)
        {
            return new(count, seen.Count > 0 && unnamed == 0 && seen.All(one => one.Index == spec.First), true, sizes, ground, seen, unnamed);
        }
        PlacedSprite? first = seen.FirstOrDefault(one => one.Index == spec.First), second = seen.FirstOrDefault(one => one.Index == spec.Second);
        bool named = first is not null && second is not null;
        return new(count, named, named && Holds(relation, first!, second!), sizes, ground, seen, unnamed);
    }

    /// <summary>Names the background and the sprites of a picture, and counts what is none of them.</summary>
    /// <param name="rgb">The picture, <c>[S, S, 3]</c> bytes.</param>
    /// <param name="size">S, edge in pixels, from 1.</param>
    public (Background Background, IReadOnlyList<PlacedSprite> Seen, int Unnamed) Look(byte[] rgb, int size)
    {
        byte[] picture = ReferenceCanvas.From(rgb, size, size);
        Background background = Commonest(picture);
        DifferingCells differing = new(picture, SceneVocabulary.Backgrounds[(int)background].Value);
        List<PlacedSprite> seen = [];
        foreach ((PlacedSprite sprite, long explained) in Candidates(picture, background, differing).OrderByDescending(candidate => candidate.Explained))
        {
            if (explained > 0 && !seen.Any(sprite.Overlaps))
            {
                seen.Add(sprite);
            }
        }
        return (background, seen, differing.GroupsOutside(seen));
    }

    // The best sprite of every place and size, and how much of the difference from the background it takes away.
    IEnumerable<(PlacedSprite Sprite, long Explained)> Candidates(byte[] picture, Background ground, DifferingCells differing)
    {
        foreach (SpriteSize size in Enum.GetValues<SpriteSize>())
        {
            int cells = (int)size;
            for (int place = 0; place < Cells * Cells; place++)
            {
                (int y, int x) = Math.DivRem(place, Cells);
                long all = x + cells > Cells || y + cells > Cells ? 0 : differing.Sum(x, y, cells);
                if (all >= DifferingCells.Least)
                {
                    (int index, long left) = Nearest(picture, ground, x, y, size, (long)(all * MostUnexplained));
                    yield return (new(index, size, x, y), index < 0 ? 0 : all - left);
                }
            }
        }
    }

    (int Index, long Left) Nearest(byte[] picture, Background ground, int x, int y, SpriteSize size, long most)
    {
        int best = -1, edge = (int)size * Cell;
        for (int index = 0; index < set.Sprites.Count; index++)
        {
            byte[] drawn = _drawn.GetOrAdd((ground, index, size), Drawn);
            long left = 0;
            for (int row = 0; row < edge && left < most; row++)
            {
                left += DifferingCells.Distance(picture.AsSpan(3 * ((y * Cell + row) * Edge + x * Cell), 3 * edge), drawn.AsSpan(3 * row * edge, 3 * edge));
            }
            if (left < most)
            {
                (best, most) = (index, left);
            }
        }
        return (best, most);
    }

    byte[] Drawn((Background Ground, int Index, SpriteSize Size) key)
    {
        SpriteImage image = set.At(key.Index, (int)key.Size * Cell);
        Rgb ground = SceneVocabulary.Backgrounds[(int)key.Ground].Value;
        byte[] pixels = new byte[3 * image.Cover.Length];
        for (int i = 0; i < image.Cover.Length; i++)
        {
            (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) = (ground.R, ground.G, ground.B);
            image.Over(i, pixels.AsSpan(3 * i, 3));
        }
        return pixels;
    }

    static Background Commonest(byte[] picture)
    {
        Span<int> votes = stackalloc int[SceneVocabulary.Backgrounds.Length];
        for (int i = 0; i < Edge * Edge; i++)
        {
            int best = 0, least = int.MaxValue;
            for (int candidate = 0; candidate < votes.Length; candidate++)
            {
                Rgb value = SceneVocabulary.Backgrounds[candidate].Value;
                int distance = DifferingCells.Distance(picture.AsSpan(3 * i, 3), [value.R, value.G, value.B]);
                (best, least) = distance < least ? (candidate, distance) : (best, least);
            }
            votes[best] += least < 40 * 40 ? 1 : 0;
        }
        int most = 0;
        for (int i = 1; i < votes.Length; i++)
        {
            most = votes[i] > votes[most] ? i : most;
        }
        return (Background)most;
    }

    // Centres in half cells, at least one cell apart.
    static bool Holds(Relation relation, PlacedSprite first, PlacedSprite second)
    {
        int right = 2 * (first.X - second.X) + (int)first.Size - (int)second.Size, down = 2 * (first.Y - second.Y) + (int)first.Size - (int)second.Size;
        return relation switch
        {
            Relation.LeftOf => right <= -2,
            Relation.RightOf => right >= 2,
            Relation.Above => down <= -2,
            _ => down >= 2,
        };
    }
}

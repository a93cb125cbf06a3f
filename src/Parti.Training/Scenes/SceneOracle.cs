namespace Parti.Training.Scenes;

/// <summary>
/// Judges pictures by their pixels alone. A picture is first brought to 64 x 64 px, so every edge length has the same thresholds.
/// It knows the scene language only: a broken shape is a wrong shape. Safe for use by many threads.
/// </summary>
public static class SceneOracle
{
    /// <summary>Least distance of two centres along the axis of a relation, in pixels of the reference canvas: one cell.</summary>
    private const double RelationMargin = SceneVocabulary.CellSize;

    /// <summary>Compares a picture with what a caption states.</summary>
    /// <param name="rgb">The picture, <c>[height, width, 3]</c> bytes.</param>
    /// <param name="width">Width in pixels, from 1.</param>
    /// <param name="height">Height in pixels, from 1.</param>
    /// <param name="spec">What the caption states.</param>
    /// <exception cref="ArgumentException">The sizes do not fit the bytes.</exception>
    public static OracleVerdict Judge(byte[] rgb, int width, int height, SceneSpec spec)
    {
        (Background background, IReadOnlyList<SeenObject> seen) = Look(rgb, width, height);
        bool count = seen.Count == spec.Count;
        bool ground = spec.Background is null || spec.Background == background;
        Factors factors = spec.Category switch
        {
            SceneCategory.Counts => All(seen, spec.First),
            SceneCategory.Single => Best(seen.Select(item => Judge(item, spec.First))),
            _ => Best(Pairs(seen, spec)),
        };
        return new OracleVerdict(count, factors.Colors, factors.Shapes, factors.Relation, factors.Sizes, ground, seen, background);
    }

    /// <summary>Names the background and the objects of a picture, without any caption.</summary>
    /// <param name="rgb">The picture, <c>[height, width, 3]</c> bytes.</param>
    /// <param name="width">Width in pixels, from 1.</param>
    /// <param name="height">Height in pixels, from 1.</param>
    /// <exception cref="ArgumentException">The sizes do not fit the bytes.</exception>
    public static (Background Background, IReadOnlyList<SeenObject> Objects) Look(byte[] rgb, int width, int height)
    {
        if (width < 1 || height < 1 || rgb.Length != (long)width * height * 3)
        {
            throw new ArgumentException($"rgb has {rgb.Length} bytes, which is no picture of {width} x {height} x 3", nameof(rgb));
        }

        return ObjectFinder.Find(ReferenceCanvas.From(rgb, width, height));
    }

    private static Factors All(IReadOnlyList<SeenObject> seen, SpecObject stated)
    {
        Factors[] each = [.. seen.Select(item => Judge(item, stated))];
        bool any = each.Length > 0;
        return new Factors(any && each.All(one => one.Colors), any && each.All(one => one.Shapes), any, any && each.All(one => one.Sizes));
    }

    private static Factors Judge(SeenObject item, SpecObject stated) =>
        new(item.Color == stated.Color, item.Shape == stated.Shape, true, stated.Size is null || item.Size == stated.Size);

    /// <summary>Every way to take two seen objects for the stated ones.</summary>
    private static IEnumerable<Factors> Pairs(IReadOnlyList<SeenObject> seen, SceneSpec spec) =>
        from first in seen
        from second in seen
        where !ReferenceEquals(first, second)
        let one = Judge(first, spec.First)
        let other = Judge(second, spec.Second!)
        select new Factors(
            one.Colors && other.Colors, one.Shapes && other.Shapes, Holds(spec.Relation!.Value, first, second), one.Sizes && other.Sizes);

    private static bool Holds(Relation relation, SeenObject first, SeenObject second) => relation switch
    {
        Relation.LeftOf => second.CenterX - first.CenterX >= RelationMargin,
        Relation.RightOf => first.CenterX - second.CenterX >= RelationMargin,
        Relation.Above => second.CenterY - first.CenterY >= RelationMargin,
        _ => first.CenterY - second.CenterY >= RelationMargin,
    };

    /// <summary>The most favourable reading: most factors right, colours before shapes before the rest; none right where nothing is seen.</summary>
    private static Factors Best(IEnumerable<Factors> readings) => readings.DefaultIfEmpty().MaxBy(reading => reading.Score);

    private readonly record struct Factors(bool Colors, bool Shapes, bool Relation, bool Sizes)
    {
        internal int Score => (Colors ? 11 : 0) + (Shapes ? 10 : 0) + (Relation ? 9 : 0) + (Sizes ? 9 : 0);
    }
}

using System.Collections.Immutable;

namespace Parti.Training.Scenes;

/// <summary>The combinations that training never shows, to measure whether the model composes what it knows.</summary>
public static class HeldOut
{
    /// <summary>Colour-shape pairs that appear in <see cref="SceneSplit.HeldOutPairs"/> only.</summary>
    public static ImmutableArray<(ObjectColor Color, Shape Shape)> Pairs { get; } =
    [
        (ObjectColor.Purple, Shape.Star), (ObjectColor.Green, Shape.Circle), (ObjectColor.Red, Shape.Cross),
        (ObjectColor.Blue, Shape.Triangle), (ObjectColor.Orange, Shape.Square),
    ];

    /// <summary>Counts of a shape that appear in <see cref="SceneSplit.HeldOutCounts"/> only.</summary>
    public static ImmutableArray<(int Count, Shape Shape)> Counts { get; } = [(4, Shape.Heart), (2, Shape.Cross)];

    /// <summary>Every pair that is not held out, in a fixed order.</summary>
    internal static ImmutableArray<(ObjectColor Color, Shape Shape)> TrainedPairs { get; } =
    [
        .. from color in Enum.GetValues<ObjectColor>()
           from shape in Enum.GetValues<Shape>()
           where !Pairs.Contains((color, shape))
           select (color, shape),
    ];

    /// <summary>True for a colour-shape pair that training never shows.</summary>
    /// <param name="color">The colour.</param>
    /// <param name="shape">The shape.</param>
    public static bool IsPair(ObjectColor color, Shape shape) => Pairs.Contains((color, shape));

    /// <summary>True for a count of a shape that training never shows.</summary>
    /// <param name="count">How many.</param>
    /// <param name="shape">The shape.</param>
    public static bool IsCount(int count, Shape shape) => Counts.Contains((count, shape));
}

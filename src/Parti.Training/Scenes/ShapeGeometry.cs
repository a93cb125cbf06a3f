namespace Parti.Training.Scenes;

/// <summary>
/// Inside tests of the shapes on the square [-1, 1] x [-1, 1], y down. Only +, -, * and comparisons of doubles: the same bits on every
/// platform. All shapes are symmetric in x, so the tests take |x|.
/// </summary>
internal static class ShapeGeometry
{
    /// <summary>
    /// Right half of a five-pointed star with inner radius 0.45 of the outer one, stretched to fill the box: cosines and sines of
    /// multiples of 36 degrees, divided by the extents.
    /// </summary>
    private static readonly (double X, double Y)[] StarOutline =
    [
        (0, -1), (0.27812, -0.29692), (1, -0.23607), (0.45, 0.25931), (0.61803, 1), (0, 0.60308),
    ];

    internal static bool Contains(Shape shape, double x, double y)
    {
        x = Math.Abs(x);
        return x <= 1 && Math.Abs(y) <= 1 && shape switch
        {
            Shape.Circle => (x * x) + (y * y) <= 1,
            Shape.Square => true,
            Shape.Triangle => 2 * x <= y + 1,
            Shape.Star => InStar(x, y),
            Shape.Cross => 3 * x <= 1 || 3 * Math.Abs(y) <= 1,
            Shape.Heart => InHeart(x, y),
            Shape.Diamond => x + Math.Abs(y) <= 1,
            _ => throw new ArgumentOutOfRangeException(nameof(shape), shape, "unknown shape"),
        };
    }

    /// <summary>A lobe of radius 1/2 at (1/2, -1/2) and its tangents through the point (0, 1), which touch it at (0, -1/2) and (0.9, -0.2).</summary>
    private static bool InHeart(double x, double y)
    {
        double dx = x - 0.5;
        double dy = y + 0.5;
        return (dx * dx) + (dy * dy) <= 0.25 || (dy >= 0 && dy >= 0.75 * dx && (4 * x) + (3 * y) <= 3);
    }

    private static bool InStar(double x, double y) => IsInside(StarOutline, x, y);

    /// <summary>
    /// Whether a point is inside a polygon: counts the edges that a ray towards larger x crosses. Edges that cross each other leave holes.
    /// </summary>
    /// <param name="corners">At least three corners, in order.</param>
    /// <param name="x">The point, in the corners' units.</param>
    /// <param name="y">The point, in the corners' units.</param>
    internal static bool IsInside((double X, double Y)[] corners, double x, double y)
    {
        bool inside = false;
        (double ax, double ay) = corners[^1];
        foreach ((double bx, double by) in corners)
        {
            if (ay > y != by > y)
            {
                double side = ((x - ax) * (by - ay)) - ((bx - ax) * (y - ay));
                inside ^= by > ay ? side < 0 : side > 0;
            }

            (ax, ay) = (bx, by);
        }

        return inside;
    }
}

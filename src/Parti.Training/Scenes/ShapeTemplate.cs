using System.Numerics;

namespace Parti.Training.Scenes;

/// <summary>
/// A shape as the oracle would measure it on a drawn picture: sharp, and blurred over 3 x 3 px as an image tokenizer leaves it, when
/// the thin tips of a small star fall under the threshold and its box shrinks.
/// </summary>
internal sealed class ShapeTemplate
{
    private const int Edge = SceneVocabulary.CanvasSize;

    private static readonly ShapeTemplate[][] BySize =
    [
        .. Enum.GetValues<ObjectSize>().Select(size => Enum.GetValues<Shape>()
            .SelectMany(shape => new[] { new ShapeTemplate(shape, size, blurred: false), new ShapeTemplate(shape, size, blurred: true) })
            .ToArray()),
    ];

    private readonly float[] _mask;

    private ShapeTemplate(Shape shape, ObjectSize size, bool blurred)
    {
        Shape = shape;
        float[] cover = Draw(shape, 2 * SceneVocabulary.Radius(size));
        cover = blurred ? Blur(cover) : cover;
        _mask = CoverBox.Around(cover)!.Value.Stretch(cover);
    }

    internal Shape Shape { get; }

    internal static ReadOnlySpan<ShapeTemplate> Of(ObjectSize size) => BySize[(int)size];

    /// <summary>Intersection over union with a mask of <c>[24, 24]</c>, 0..1.</summary>
    internal float Overlap(float[] mask)
    {
        Vector<float> overlap = default;
        Vector<float> union = default;
        for (int i = 0; i <= mask.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> seen = new(mask, i);
            Vector<float> drawn = new(_mask, i);
            overlap += Vector.Min(seen, drawn);
            union += Vector.Max(seen, drawn);
        }

        return Vector.Sum(overlap) / Vector.Sum(union);
    }

    private static float[] Draw(Shape shape, int box)
    {
        byte[] mask = SceneRenderer.Mask(shape, box);
        float[] cover = new float[Edge * Edge];
        int start = (Edge - box) / 2;
        for (int i = 0; i < mask.Length; i++)
        {
            cover[((start + (i / box)) * Edge) + start + (i % box)] = mask[i] / (float)SceneRenderer.FullCoverage;
        }

        return cover;
    }

    private static float[] Blur(float[] cover)
    {
        float[] blurred = new float[cover.Length];
        for (int at = Edge + 1; at < cover.Length - Edge - 1; at++)
        {
            float sum = 0;
            for (int row = at - Edge; row <= at + Edge; row += Edge)
            {
                sum += cover[row - 1] + cover[row] + cover[row + 1];
            }

            blurred[at] = sum / 9;
        }

        return blurred;
    }
}

using System.Collections.Concurrent;

namespace Parti.Training.Scenes;

/// <summary>
/// Draws scenes as flat anti-aliased shapes: 4 x 4 samples per pixel, integer blending, the same bytes on every platform.
/// Pictures are RGB bytes, row by row, <c>[size, size, 3]</c>. Safe for use by many threads.
/// </summary>
public static class SceneRenderer
{
    /// <summary>Largest canvas edge in pixels.</summary>
    public const int MaxSize = 4096;

    /// <summary>Value of a mask where the shape covers the whole pixel.</summary>
    internal const int FullCoverage = SamplesPerEdge * SamplesPerEdge;

    private const int SamplesPerEdge = 4;
    private const int LargestCachedBox = 256;

    private static readonly ConcurrentDictionary<(Shape Shape, int Box), byte[]> Masks = new();

    /// <summary>Draws a scene on a new canvas.</summary>
    /// <param name="scene">What to draw.</param>
    /// <param name="size">Canvas edge in pixels: a multiple of 8 up to <see cref="MaxSize"/>.</param>
    /// <returns><c>[size, size, 3]</c> bytes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The size is not one of those.</exception>
    public static byte[] Render(Scene scene, int size)
    {
        CheckSize(size);
        byte[] rgb = new byte[size * size * 3];
        Render(scene, size, rgb);
        return rgb;
    }

    /// <summary>Draws a scene into the first <c>size * size * 3</c> bytes of a buffer.</summary>
    /// <param name="scene">What to draw.</param>
    /// <param name="size">Canvas edge in pixels: a multiple of 8 up to <see cref="MaxSize"/>.</param>
    /// <param name="rgb">Receives the picture.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is not one of those.</exception>
    /// <exception cref="ArgumentException">The buffer is too short.</exception>
    public static void Render(Scene scene, int size, byte[] rgb)
    {
        CheckSize(size);
        int bytes = size * size * 3;
        if (rgb.Length < bytes)
        {
            throw new ArgumentException($"rgb has {rgb.Length} bytes, a canvas of {size} px needs {bytes}", nameof(rgb));
        }

        Fill(rgb.AsSpan(0, bytes), SceneVocabulary.Backgrounds[(int)scene.Background].Value);
        foreach (SceneObject item in scene.Objects)
        {
            Draw(item, size, rgb);
        }
    }

    /// <summary>Share of each pixel that the shape covers in a box of <paramref name="box"/> pixels: <c>[box, box]</c>, 0..16.</summary>
    internal static byte[] Mask(Shape shape, int box) =>
        box <= LargestCachedBox ? Masks.GetOrAdd((shape, box), static key => Cover(key.Shape, key.Box)) : Cover(shape, box);

    private static void CheckSize(int size)
    {
        if (size is < SceneVocabulary.CellsPerEdge or > MaxSize || size % SceneVocabulary.CellsPerEdge != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(size), size, $"size must be a multiple of {SceneVocabulary.CellsPerEdge} up to {MaxSize}");
        }
    }

    private static void Fill(Span<byte> rgb, Rgb color)
    {
        rgb[0] = color.R;
        rgb[1] = color.G;
        rgb[2] = color.B;
        for (int done = 3; done < rgb.Length; done *= 2)
        {
            rgb[..Math.Min(done, rgb.Length - done)].CopyTo(rgb[done..]);
        }
    }

    private static void Draw(SceneObject item, int size, byte[] rgb)
    {
        int left = (item.CenterX - item.Radius) * size / SceneVocabulary.CanvasSize;
        int top = (item.CenterY - item.Radius) * size / SceneVocabulary.CanvasSize;
        int box = 2 * item.Radius * size / SceneVocabulary.CanvasSize;
        byte[] mask = Mask(item.Shape, box);
        Rgb color = SceneVocabulary.Colors[(int)item.Color].Value;
        for (int y = Math.Max(0, -top); y < box && top + y < size; y++)
        {
            for (int x = Math.Max(0, -left); x < box && left + x < size; x++)
            {
                int cover = mask[(y * box) + x];
                if (cover > 0)
                {
                    Blend(rgb.AsSpan((((top + y) * size) + left + x) * 3, 3), color, cover);
                }
            }
        }
    }

    /// <summary>Lays a colour over a pixel.</summary>
    /// <param name="pixel">Red, green, blue.</param>
    /// <param name="color">The colour.</param>
    /// <param name="cover">Share of the pixel that it covers, 0 to <see cref="FullCoverage"/>.</param>
    internal static void Blend(Span<byte> pixel, Rgb color, int cover)
    {
        pixel[0] = Mix(pixel[0], color.R, cover);
        pixel[1] = Mix(pixel[1], color.G, cover);
        pixel[2] = Mix(pixel[2], color.B, cover);
    }

    private static byte Mix(byte below, byte above, int cover) =>
        (byte)(((below * (FullCoverage - cover)) + (above * cover) + (FullCoverage / 2)) / FullCoverage);

    private static byte[] Cover(Shape shape, int box)
    {
        byte[] mask = new byte[box * box];
        int samples = box * SamplesPerEdge;
        for (int y = 0; y < samples; y++)
        {
            for (int x = 0; x < samples; x++)
            {
                if (ShapeGeometry.Contains(shape, ((2.0 * x) + 1 - samples) / samples, ((2.0 * y) + 1 - samples) / samples))
                {
                    mask[((y / SamplesPerEdge) * box) + (x / SamplesPerEdge)]++;
                }
            }
        }

        return mask;
    }
}

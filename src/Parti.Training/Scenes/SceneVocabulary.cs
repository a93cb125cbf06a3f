using System.Collections.Immutable;

namespace Parti.Training.Scenes;

/// <summary>A colour of one byte per channel.</summary>
/// <param name="R">Red, 0..255.</param>
/// <param name="G">Green, 0..255.</param>
/// <param name="B">Blue, 0..255.</param>
public readonly record struct Rgb(byte R, byte G, byte B);

/// <summary>
/// The tables of the scene language: words, colour values and sizes, indexed by the enum values. A new shape or colour is an
/// enum member and a row here (a shape also needs its test in <c>ShapeGeometry</c>), and a new
/// <see cref="SceneGenerator.Version"/>.
/// </summary>
public static class SceneVocabulary
{
    /// <summary>Edge of the reference canvas in pixels; every position and size of a scene is in these units.</summary>
    public const int CanvasSize = 64;

    /// <summary>
    /// The grid step: bounding boxes start and end on multiples of 8 px, the patch edge of the demo image tokenizer. A patch is
    /// then always the same part of the same shape at one size, so few distinct patches describe all scenes.
    /// </summary>
    public const int CellSize = 8;

    /// <summary>Cells along one edge of the canvas.</summary>
    public const int CellsPerEdge = CanvasSize / CellSize;

    /// <summary>Smallest count of the category <see cref="SceneCategory.Counts"/>.</summary>
    public const int MinCount = 2;

    /// <summary>Largest count of the category <see cref="SceneCategory.Counts"/>.</summary>
    public const int MaxCount = 4;

    /// <summary>Singular and plural of each shape.</summary>
    public static ImmutableArray<(string Singular, string Plural)> Shapes { get; } =
    [
        ("circle", "circles"), ("square", "squares"), ("triangle", "triangles"), ("star", "stars"),
        ("cross", "crosses"), ("heart", "hearts"), ("diamond", "diamonds"),
    ];

    /// <summary>Word and value of each object colour.</summary>
    public static ImmutableArray<(string Word, Rgb Value)> Colors { get; } =
    [
        ("red", new Rgb(220, 30, 40)), ("green", new Rgb(30, 160, 60)), ("blue", new Rgb(40, 80, 220)),
        ("yellow", new Rgb(250, 220, 40)), ("purple", new Rgb(140, 50, 180)), ("orange", new Rgb(240, 120, 20)),
        ("black", new Rgb(20, 20, 20)),
    ];

    /// <summary>Words and value of each background; at least 90 (Euclidean, 0..255) from each other and from object colours.</summary>
    public static ImmutableArray<(string Words, Rgb Value)> Backgrounds { get; } =
    [
        ("white", new Rgb(255, 255, 255)), ("gray", new Rgb(150, 150, 150)),
        ("light blue", new Rgb(160, 205, 245)), ("beige", new Rgb(225, 205, 165)),
    ];

    /// <summary>Word and box edge in cells of each size.</summary>
    public static ImmutableArray<(string Word, int Cells)> Sizes { get; } = [("small", 2), ("medium", 3), ("large", 4)];

    /// <summary>
    /// Phrases of each relation, commonest first: <c>Of</c> stands between two objects, <c>Its</c> follows
    /// "a blue square with a red circle".
    /// </summary>
    public static ImmutableArray<(ImmutableArray<string> Of, ImmutableArray<string> Its)> Relations { get; } =
    [
        (["to the left of", "left of", "on the left of"], ["to its left", "on its left"]),
        (["to the right of", "right of", "on the right of"], ["to its right", "on its right"]),
        (["above", "over"], ["above it", "over it"]),
        (["below", "under"], ["below it", "under it"]),
    ];

    /// <summary>Words of the numbers 0 to <see cref="MaxCount"/>.</summary>
    public static ImmutableArray<string> Numbers { get; } = ["zero", "one", "two", "three", "four"];

    /// <summary>Half the box edge in pixels of the reference canvas.</summary>
    /// <param name="size">A size class.</param>
    public static int Radius(ObjectSize size) => Sizes[(int)size].Cells * CellSize / 2;
}

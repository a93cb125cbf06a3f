using System.Globalization;
using Parti.Training.Scenes;

namespace Parti.Training.Evaluation;

/// <summary>How often one value of an attribute was asked for and another seen. Every picture counts once, so the rows sum to the pictures.</summary>
public sealed class ConfusionTable
{
    const string Unclear = "unclear", Mixed = "mixed", None = "none";
    const int MostCounted = 6;

    readonly int[,] _pictures;

    ConfusionTable(SceneFactor attribute, IReadOnlyList<string> asked, IReadOnlyList<string> seen)
    {
        (Attribute, Asked, Seen) = (attribute, asked, seen);
        _pictures = new int[asked.Count, seen.Count];
    }

    /// <summary>Count, colour or shape.</summary>
    public SceneFactor Attribute { get; }

    /// <summary>Names of the rows.</summary>
    public IReadOnlyList<string> Asked { get; }

    /// <summary>
    /// Names of the columns: the values, for shapes <c>unclear</c> where an object has none, then <c>mixed</c> where several objects
    /// differ and <c>none</c> where there is no object; for counts 0 to 5 and <c>6+</c>.
    /// </summary>
    public IReadOnlyList<string> Seen { get; }

    /// <summary>Pictures of a cell.</summary>
    /// <param name="asked">Row, an index of <see cref="Asked"/>.</param>
    /// <param name="seen">Column, an index of <see cref="Seen"/>.</param>
    public int this[int asked, int seen] => _pictures[asked, seen];

    /// <summary>Pictures of a row: those whose caption asks for the value.</summary>
    /// <param name="asked">Row, an index of <see cref="Asked"/>.</param>
    public int RowTotal(int asked) => Enumerable.Range(0, Seen.Count).Sum(seen => _pictures[asked, seen]);

    internal static ConfusionTable OfCounts() => new(
        SceneFactor.Count,
        [.. Enumerable.Range(1, SceneVocabulary.MaxCount).Select(Number)],
        [.. Enumerable.Range(0, MostCounted).Select(Number), $"{MostCounted}+"]);

    internal static ConfusionTable OfColors() => new(SceneFactor.Color, Words<ObjectColor>(), [.. Words<ObjectColor>(), Mixed, None]);

    internal static ConfusionTable OfShapes() => new(SceneFactor.Shape, Words<Shape>(), [.. Words<Shape>(), Unclear, Mixed, None]);

    internal void Add(SceneSpec spec, IReadOnlyList<SeenObject> seen)
    {
        (int row, string column) = Attribute switch
        {
            SceneFactor.Count => (spec.Count - 1, seen.Count < MostCounted ? Number(seen.Count) : Seen[^1]),
            SceneFactor.Color => ((int)spec.First.Color, Common([.. seen.Select(item => Word(item.Color))])),
            _ => ((int)spec.First.Shape, Common([.. seen.Select(item => item.Shape is { } shape ? Word(shape) : Unclear)])),
        };
        _pictures[row, Seen.ToList().IndexOf(column)]++;
    }

    static string Common(string[] words) => words.Distinct().Count() switch
    {
        0 => None,
        1 => words[0],
        _ => Mixed,
    };

    static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    static string[] Words<T>()
        where T : struct, Enum => [.. Enum.GetValues<T>().Select(Word)];
}

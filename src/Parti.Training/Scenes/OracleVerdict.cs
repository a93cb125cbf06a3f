namespace Parti.Training.Scenes;

/// <summary>One object as the oracle sees it in a picture.</summary>
/// <param name="Shape">The best matching shape, or null where none matches well enough.</param>
/// <param name="Color">The palette colour of most of its pixels.</param>
/// <param name="Size">Size class of its box.</param>
/// <param name="CenterX">Centre of its box on the 64 px reference canvas, from the left.</param>
/// <param name="CenterY">Centre of its box on the 64 px reference canvas, from the top.</param>
/// <param name="Match">Intersection over union with the best shape, 0..1.</param>
public sealed record SeenObject(Shape? Shape, ObjectColor Color, ObjectSize Size, double CenterX, double CenterY, double Match);

/// <summary>Whether a picture shows what a caption states, factor by factor. A factor the caption leaves open is right.</summary>
/// <param name="Count">The number of objects.</param>
/// <param name="Colors">The colour of every stated object, each on its own object.</param>
/// <param name="Shapes">The shape of every stated object, each on its own object.</param>
/// <param name="Relation">Where one object is seen from the other.</param>
/// <param name="Sizes">The stated sizes, each on its own object.</param>
/// <param name="Background">The stated background.</param>
/// <param name="Seen">The objects in the picture, from top to bottom.</param>
/// <param name="SeenBackground">The background in the picture.</param>
public sealed record OracleVerdict(
    bool Count,
    bool Colors,
    bool Shapes,
    bool Relation,
    bool Sizes,
    bool Background,
    IReadOnlyList<SeenObject> Seen,
    Background SeenBackground)
{
    /// <summary>Every factor is right.</summary>
    public bool AllCorrect => Count && Colors && Shapes && Relation && Sizes && Background;
}

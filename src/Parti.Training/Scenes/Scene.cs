namespace Parti.Training.Scenes;

/// <summary>One drawn object.</summary>
/// <param name="Shape">Its form.</param>
/// <param name="Color">Its colour.</param>
/// <param name="Size">Its size class.</param>
/// <param name="CenterX">Centre of its box in pixels of the 64 px reference canvas, from the left.</param>
/// <param name="CenterY">Centre of its box in pixels of the 64 px reference canvas, from the top.</param>
public sealed record SceneObject(Shape Shape, ObjectColor Color, ObjectSize Size, int CenterX, int CenterY)
{
    /// <summary>Half the edge of its box in pixels of the reference canvas.</summary>
    public int Radius => SceneVocabulary.Radius(Size);
}

/// <summary>What a picture shows.</summary>
/// <param name="Background">Flat colour behind the objects.</param>
/// <param name="Objects">The objects; their boxes do not touch.</param>
public sealed record Scene(Background Background, IReadOnlyList<SceneObject> Objects);

/// <summary>What a caption says of one object.</summary>
/// <param name="Shape">Its form.</param>
/// <param name="Color">Its colour.</param>
/// <param name="Size">Its size class, or null where the caption leaves it open.</param>
public sealed record SpecObject(Shape Shape, ObjectColor Color, ObjectSize? Size = null);

/// <summary>What a caption states, as a value: two captions that say the same in the same direction have equal specs.</summary>
/// <param name="Category">The kind of scene.</param>
/// <param name="First">The object; with a relation the one that is, say, left of <paramref name="Second"/>.</param>
/// <param name="Count">How many objects the picture shows: 1, 2 to 4 for counts, 2 for a relation.</param>
/// <param name="Second">The other object of a relation, else null.</param>
/// <param name="Relation">Where the first object is seen from the second, else null.</param>
/// <param name="Background">The background, or null where the caption leaves it open.</param>
public sealed record SceneSpec(
    SceneCategory Category,
    SpecObject First,
    int Count,
    SpecObject? Second = null,
    Relation? Relation = null,
    Background? Background = null)
{
    /// <summary>The kinds of objects the caption names: one, or two for a relation.</summary>
    public IReadOnlyList<SpecObject> Objects => Second is null ? [First] : [First, Second];
}

/// <summary>A caption, what it states, and a picture's content for which it is true.</summary>
/// <param name="Spec">What the caption states.</param>
/// <param name="Caption">The text.</param>
/// <param name="Scene">What is to be drawn.</param>
public sealed record SceneSample(SceneSpec Spec, string Caption, Scene Scene);

namespace Parti.Training.Scenes;

/// <summary>Places objects on the grid of cells.</summary>
internal static class SceneLayout
{
    /// <summary>Objects of one kind and size at random places.</summary>
    internal static IReadOnlyList<SceneObject> Scatter(SpecObject kind, int count, ObjectSize size, ref SceneRandom random) =>
        [.. CellLayout.Scatter(Cells(size), count, ref random).Select(at => Place(kind, size, at))];

    /// <summary>Two objects in a relation.</summary>
    internal static IReadOnlyList<SceneObject> Related(SpecObject first, SpecObject second, Relation relation, ref SceneRandom random)
    {
        ObjectSize firstSize = first.Size ?? ObjectSize.Medium;
        ObjectSize secondSize = second.Size ?? ObjectSize.Medium;
        (Cell one, Cell other) = CellLayout.Related(Cells(firstSize), Cells(secondSize), relation, ref random);
        return [Place(first, firstSize, one), Place(second, secondSize, other)];
    }

    private static int Cells(ObjectSize size) => SceneVocabulary.Sizes[(int)size].Cells;

    private static SceneObject Place(SpecObject kind, ObjectSize size, Cell at)
    {
        int radius = SceneVocabulary.Radius(size);
        return new SceneObject(
            kind.Shape, kind.Color, size, (at.X * SceneVocabulary.CellSize) + radius, (at.Y * SceneVocabulary.CellSize) + radius);
    }
}

using Parti.Training.Scenes;

namespace Parti.Training.Tests.Scenes;

/// <summary>Changes a scene so that one factor of its caption is wrong and the others stay right.</summary>
internal static class SceneDamage
{
    /// <summary>The damaged scene, or null where the caption does not state the factor.</summary>
    internal static Scene? Of(SceneSample sample, string factor)
    {
        Scene scene = sample.Scene;
        SceneSpec spec = sample.Spec;
        SceneObject first = scene.Objects[0];
        return factor switch
        {
            "Colors" => Replace(scene, first with { Color = Other(first.Color, scene.Objects.Select(item => item.Color)) }),
            "Shapes" => Replace(scene, first with { Shape = Other(first.Shape, scene.Objects.Select(item => item.Shape)) }),
            "Count" => spec.Category == SceneCategory.Counts ? scene with { Objects = [.. scene.Objects.Skip(1)] } : null,
            "Background" => spec.Background is null ? null : scene with { Background = Other(scene.Background, []) },
            "Sizes" => first.Size == ObjectSize.Large && spec.First.Size is not null
                ? Replace(scene, first with { Size = ObjectSize.Medium }) : null,
            "Relation" => spec.Category == SceneCategory.Relation && scene.Objects.All(item => item.Size == ObjectSize.Medium)
                ? scene with { Objects = [At(first, scene.Objects[1]), At(scene.Objects[1], first)] } : null,
            _ => throw new ArgumentOutOfRangeException(nameof(factor), factor, "unknown factor"),
        };
    }

    private static Scene Replace(Scene scene, SceneObject first) => scene with { Objects = [first, .. scene.Objects.Skip(1)] };

    private static SceneObject At(SceneObject item, SceneObject place) => item with { CenterX = place.CenterX, CenterY = place.CenterY };

    private static T Other<T>(T value, IEnumerable<T> taken)
        where T : struct, Enum => Enum.GetValues<T>().First(candidate => !candidate.Equals(value) && !taken.Contains(candidate));
}

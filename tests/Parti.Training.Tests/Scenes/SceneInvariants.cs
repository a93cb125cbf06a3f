using Parti.Training.Scenes;

namespace Parti.Training.Tests.Scenes;

/// <summary>What holds for every generated scene, computed from boxes alone.</summary>
internal static class SceneInvariants
{
    private const int Cell = SceneVocabulary.CellSize;

    /// <summary>Names the first invariant that does not hold, or null.</summary>
    internal static string? Broken(SceneSample sample)
    {
        IReadOnlyList<SceneObject> objects = sample.Scene.Objects;
        if (objects.Count != sample.Spec.Count)
        {
            return "count";
        }

        if (sample.Spec.Background is { } background && background != sample.Scene.Background)
        {
            return "background";
        }

        for (int i = 0; i < objects.Count; i++)
        {
            SpecObject stated = sample.Spec.Objects[sample.Spec.Second is null ? 0 : i];
            if (Broken(objects[i], stated, mediumByDefault: sample.Spec.Category != SceneCategory.Counts) is { } broken)
            {
                return broken;
            }

            if (objects.Take(i).Any(other => Gap(other, objects[i]) < Cell))
            {
                return "gap";
            }
        }

        return sample.Spec.Relation is { } relation ? Broken(relation, objects[0], objects[1]) : null;
    }

    private static string? Broken(SceneObject item, SpecObject stated, bool mediumByDefault)
    {
        int left = item.CenterX - item.Radius;
        int top = item.CenterY - item.Radius;
        bool inside = left >= 0 && top >= 0 && item.CenterX + item.Radius <= 64 && item.CenterY + item.Radius <= 64;
        return !inside ? "outside the canvas"
            : left % Cell != 0 || top % Cell != 0 ? "off the grid"
            : item.Shape != stated.Shape || item.Color != stated.Color ? "kind"
            : mediumByDefault && item.Size != (stated.Size ?? ObjectSize.Medium) ? "size"
            : null;
    }

    private static string? Broken(Relation relation, SceneObject first, SceneObject second)
    {
        int dx = second.CenterX - first.CenterX;
        int dy = second.CenterY - first.CenterY;
        (int along, int across) = relation switch
        {
            Relation.LeftOf => (dx, dy),
            Relation.RightOf => (-dx, dy),
            Relation.Above => (dy, dx),
            _ => (-dy, dx),
        };
        return along < first.Radius + second.Radius + Cell ? "relation"
            : Math.Abs(across) > Cell ? "alignment"
            : first.Shape == second.Shape || first.Color == second.Color ? "the two objects are alike"
            : null;
    }

    private static int Gap(SceneObject one, SceneObject other)
    {
        int radii = one.Radius + other.Radius;
        return Math.Max(Math.Abs(one.CenterX - other.CenterX), Math.Abs(one.CenterY - other.CenterY)) - radii;
    }
}

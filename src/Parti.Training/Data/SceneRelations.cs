using Parti.Training.Scenes;

namespace Parti.Training.Data;

/// <summary>Procedural scenes with a relation, and no others.</summary>
/// <param name="scenes">The stream.</param>
/// <param name="readingOrder">Share, 0 to 1, of those that name the right or lower object first to pass over for the next sample.</param>
public sealed class SceneRelations(SceneGenerator scenes, double readingOrder) : IExamples
{
    // Far beyond any training's samples.
    const long Stride = 1L << 40;

    /// <inheritdoc />
    public string Identity => FormattableString.Invariant($"relations {SceneGenerator.Version} {scenes.Split} {scenes.Seed} {readingOrder:R}");

    /// <inheritdoc />
    public long? Distinct => null;

    /// <inheritdoc />
    public long Key(long index) => index;

    /// <inheritdoc />
    public Example At(long index, int size) => SceneExamples.Drawn(SampleAt(index), size);

    /// <inheritdoc cref="SceneExamples.PairAt"/>
    public (Example Small, Example Large) PairAt(long index, int size, int factor)
    {
        SceneSample sample = SampleAt(index);
        return (SceneExamples.Drawn(sample, size), SceneExamples.Drawn(sample, size * factor));
    }

    SceneSample SampleAt(long index)
    {
        SceneSample sample = scenes.At(index, SceneCategory.Relation);
        for (long again = 1; sample.Spec.Relation is Relation.RightOf or Relation.Below && Chance(index, again) < readingOrder; again++)
        {
            sample = scenes.At(index + again * Stride, SceneCategory.Relation);
        }
        return sample;
    }

    static double Chance(long index, long again) =>
        new Random(unchecked((int)(index * 2654435761 + again * 40503))).NextDouble();
}

using System.Collections.Immutable;
using Parti.Training.Scenes;

namespace Parti.Training.Sprites;

/// <summary>
/// An endless stream of captioned scenes of sprites that is never stored: sample <c>i</c> is a pure function of (<see cref="Version"/>, sprites,
/// seed, split, <c>i</c>). Safe for use by many threads.
/// </summary>
/// <param name="set">Sprites.</param>
/// <param name="seed">Names the stream.</param>
/// <param name="split">Train, test, or the relations that training never shows.</param>
public sealed class SpriteGenerator(SpriteSet set, ulong seed, SceneSplit split)
{
    /// <summary>Changes whenever any sample of any stream changes; stored with weights and scores.</summary>
    public const int Version = 1;

    const int StatedBackgroundPercent = 35, LargePercent = 50;

    enum Part : ulong
    {
        Category,
        Content,
        Caption,
    }

    /// <summary>Splits that there are.</summary>
    public static ImmutableArray<SceneSplit> Splits { get; } = [SceneSplit.Train, SceneSplit.Test, SceneSplit.HeldOutPairs];

    /// <summary>The sprites.</summary>
    public SpriteSet Set { get; } = set;

    /// <summary>The seed of the stream.</summary>
    public ulong Seed { get; } = seed;

    /// <summary>The split of the stream.</summary>
    public SceneSplit Split { get; } = Splits.Contains(split)
        ? split
        : throw new ArgumentOutOfRangeException(nameof(split), split, $"sprites have only {string.Join(", ", Splits)}");

    /// <summary>
    /// Whether training never shows a sprite in a place: a tenth of all sprites and relations. What is left of something has it on its right,
    /// so both sides of a relation count, and the words do not.
    /// </summary>
    /// <param name="sprite">Which one.</param>
    /// <param name="relation">Where it is seen from another one.</param>
    public static bool IsHeldOut(int sprite, Relation relation) => SceneRandom.Key(0x5052, (ulong)sprite, (ulong)relation) % 10 == 0;

    /// <summary>The categories that a split has.</summary>
    /// <param name="split">A split.</param>
    public static ImmutableArray<SceneCategory> Categories(SceneSplit split) =>
        split == SceneSplit.HeldOutPairs ? [SceneCategory.Relation] : [SceneCategory.Single, SceneCategory.Counts, SceneCategory.Relation];

    /// <summary>Sample <paramref name="index"/>: 25 % single ones, 25 % counts and 50 % relations, or relations alone.</summary>
    /// <param name="index">Position in the stream; any value.</param>
    public SpriteSample At(long index)
    {
        SceneRandom random = Stream(index, Part.Category);
        ImmutableArray<SceneCategory> categories = Categories(Split);
        return At(index, categories[categories.Length == 3 ? random.Weighted(25, 25, 50) : 0]);
    }

    /// <summary>Sample <paramref name="index"/> of one category.</summary>
    /// <param name="index">Position in the stream; any value.</param>
    /// <param name="category">One of <see cref="Categories"/> of this split.</param>
    /// <exception cref="ArgumentOutOfRangeException">The split has no such category.</exception>
    public SpriteSample At(long index, SceneCategory category)
    {
        if (!Categories(Split).Contains(category))
        {
            throw new ArgumentOutOfRangeException(nameof(category), category, $"the split {Split} has only {string.Join(", ", Categories(Split))}");
        }
        SceneRandom random = Stream(index, Part.Content), words = Stream(index, Part.Caption);
        SpriteSpec spec = category switch
        {
            SceneCategory.Single => new(category, Sprite(ref random), 1, random.Chance(LargePercent) ? SpriteSize.Large : null),
            SceneCategory.Counts => new(category, Sprite(ref random), SceneVocabulary.MinCount + random.Below(SceneVocabulary.MaxCount - SceneVocabulary.MinCount + 1)),
            _ => Related(ref random),
        };
        Background background = (Background)random.Below(SceneVocabulary.Backgrounds.Length);
        spec = spec with { Background = random.Chance(StatedBackgroundPercent) ? background : null };
        return new(spec, SpriteCaptions.Write(Set.Sprites, spec, ref words), new(background, Placed(spec, ref random)));
    }

    SpriteSpec Related(ref SceneRandom random)
    {
        while (true)
        {
            int first = Sprite(ref random), second = Sprite(ref random);
            Relation relation = (Relation)random.Below(SceneVocabulary.Relations.Length);
            bool heldOut = IsHeldOut(first, relation) || IsHeldOut(second, Inverse(relation));
            if (first != second && heldOut == (Split == SceneSplit.HeldOutPairs))
            {
                return new(SceneCategory.Relation, first, 2, Second: second, Relation: relation);
            }
        }
    }

    static IReadOnlyList<PlacedSprite> Placed(SpriteSpec spec, ref SceneRandom random)
    {
        SpriteSize size = spec.Size ?? SpriteSize.Normal;
        if (spec.Relation is not { } relation)
        {
            return [.. CellLayout.Scatter((int)size, spec.Count, ref random).Select(at => new PlacedSprite(spec.First, size, at.X, at.Y))];
        }
        (Cell one, Cell other) = CellLayout.Related((int)size, (int)size, relation, ref random);
        return [new(spec.First, size, one.X, one.Y), new(spec.Second!.Value, size, other.X, other.Y)];
    }

    static Relation Inverse(Relation relation) => relation switch
    {
        Relation.LeftOf => Relation.RightOf,
        Relation.RightOf => Relation.LeftOf,
        Relation.Above => Relation.Below,
        _ => Relation.Above,
    };

    int Sprite(ref SceneRandom random) => random.Below(Set.Sprites.Count);

    SceneRandom Stream(long index, Part part) => new(SceneRandom.Key((ulong)Version, (ulong)Split, Seed, unchecked((ulong)index), (ulong)part));
}

using System.Collections.Immutable;

namespace Parti.Training.Scenes;

/// <summary>
/// An endless stream of captioned scenes that is never stored: sample <c>i</c> is a pure function of
/// (<see cref="Version"/>, seed, split, <c>i</c>), so a position in the data is one integer. Safe for use by many threads.
/// </summary>
/// <param name="seed">Names the stream; the same on every platform.</param>
/// <param name="split">The part of the distribution to draw from.</param>
public sealed class SceneGenerator(ulong seed, SceneSplit split)
{
    /// <summary>Changes whenever any sample of any stream changes; stored with weights and scores.</summary>
    public const int Version = 1;

    private const int StatedBackgroundPercent = 35;
    private const int StatedSizePercent = 50;
    private const int MediumPairPercent = 40;

    private enum Part : ulong
    {
        Category,
        Content,
        Caption,
    }

    /// <summary>The seed of the stream.</summary>
    public ulong Seed { get; } = seed;

    /// <summary>The split of the stream.</summary>
    public SceneSplit Split { get; } = split;

    /// <summary>The categories that a split has; <see cref="At(long, SceneCategory)"/> takes these only.</summary>
    /// <param name="split">A split.</param>
    public static ImmutableArray<SceneCategory> Categories(SceneSplit split) => split switch
    {
        SceneSplit.HeldOutPairs => [SceneCategory.Single, SceneCategory.Relation],
        SceneSplit.HeldOutCounts => [SceneCategory.Counts],
        SceneSplit.LongCaptions => [SceneCategory.Relation],
        _ => [SceneCategory.Single, SceneCategory.Counts, SceneCategory.Relation],
    };

    /// <summary>
    /// Sample <paramref name="index"/>. Train and test mix 25 % single objects, 25 % counts and 50 % relations; the other splits mix
    /// their categories evenly. Equals <see cref="At(long, SceneCategory)"/> with the category that was drawn.
    /// </summary>
    /// <param name="index">Position in the stream; any value.</param>
    public SceneSample At(long index)
    {
        SceneRandom random = Stream(index, Part.Category);
        ImmutableArray<SceneCategory> categories = Categories(Split);
        int choice = categories.Length == 3 ? random.Weighted(25, 25, 50) : random.Below(categories.Length);
        return At(index, categories[choice]);
    }

    /// <summary>Sample <paramref name="index"/> of one category.</summary>
    /// <param name="index">Position in the stream; any value.</param>
    /// <param name="category">One of <see cref="Categories"/> of this split.</param>
    /// <exception cref="ArgumentOutOfRangeException">The split has no such category.</exception>
    public SceneSample At(long index, SceneCategory category)
    {
        if (!Categories(Split).Contains(category))
        {
            throw new ArgumentOutOfRangeException(
                nameof(category), category, $"the split {Split} has only {string.Join(", ", Categories(Split))}");
        }

        SceneRandom random = Stream(index, Part.Content);
        SceneSpec spec = category switch
        {
            SceneCategory.Single => Single(ref random),
            SceneCategory.Counts => Counts(ref random),
            _ => Relation(ref random),
        };
        Background background = (Background)random.Below(SceneVocabulary.Backgrounds.Length);
        if (Split == SceneSplit.LongCaptions || random.Chance(StatedBackgroundPercent))
        {
            spec = spec with { Background = background };
        }

        Scene scene = new(background, Objects(spec, ref random));
        return new SceneSample(spec, CaptionOf(index, spec), scene);
    }

    /// <summary>The caption that a sample of this stream would have if it stated something else, in the same paraphrase.</summary>
    /// <param name="index">Position in the stream; any value.</param>
    /// <param name="spec">What to say; of the category of the sample.</param>
    public string CaptionOf(long index, SceneSpec spec)
    {
        SceneRandom words = Stream(index, Part.Caption);
        return Split == SceneSplit.LongCaptions ? SceneCaptions.Long(spec, ref words) : SceneCaptions.Write(spec, ref words);
    }

    private static ObjectSize? StatedSize(ref SceneRandom random, int percent) =>
        random.Chance(percent) ? random.Chance(50) ? ObjectSize.Small : ObjectSize.Large : null;

    private static IReadOnlyList<SceneObject> Objects(SceneSpec spec, ref SceneRandom random)
    {
        switch (spec.Category)
        {
            case SceneCategory.Single:
                return SceneLayout.Scatter(spec.First, 1, spec.First.Size ?? ObjectSize.Medium, ref random);
            case SceneCategory.Counts:
                bool medium = spec.Count == 2 && random.Chance(MediumPairPercent);
                return SceneLayout.Scatter(spec.First, spec.Count, medium ? ObjectSize.Medium : ObjectSize.Small, ref random);
            default:
                return SceneLayout.Related(spec.First, spec.Second!, spec.Relation!.Value, ref random);
        }
    }

    private SceneRandom Stream(long index, Part part) =>
        new(SceneRandom.Key((ulong)Version, (ulong)Split, Seed, unchecked((ulong)index), (ulong)part));

    private SceneSpec Single(ref SceneRandom random)
    {
        (ObjectColor color, Shape shape) = Draw(Split == SceneSplit.HeldOutPairs ? HeldOut.Pairs : HeldOut.TrainedPairs, ref random);
        return new SceneSpec(SceneCategory.Single, new SpecObject(shape, color, StatedSize(ref random, StatedSizePercent)), 1);
    }

    private SceneSpec Counts(ref SceneRandom random)
    {
        bool heldOut = Split == SceneSplit.HeldOutCounts;
        while (true)
        {
            (ObjectColor color, Shape shape) = Draw(HeldOut.TrainedPairs, ref random);
            int count = SceneVocabulary.MinCount + random.Below(SceneVocabulary.MaxCount - SceneVocabulary.MinCount + 1);
            if (HeldOut.IsCount(count, shape) == heldOut)
            {
                return new SceneSpec(SceneCategory.Counts, new SpecObject(shape, color), count);
            }
        }
    }

    private SceneSpec Relation(ref SceneRandom random)
    {
        (ObjectColor color, Shape shape) one = Draw(Split == SceneSplit.HeldOutPairs ? HeldOut.Pairs : HeldOut.TrainedPairs, ref random);
        (ObjectColor color, Shape shape) other;
        do
        {
            other = Draw(HeldOut.TrainedPairs, ref random);
        }
        while (other.color == one.color || other.shape == one.shape);

        if (random.Chance(50))
        {
            (one, other) = (other, one);
        }

        (ObjectSize? oneSize, ObjectSize? otherSize) = PairSizes(ref random);
        return new SceneSpec(
            SceneCategory.Relation,
            new SpecObject(one.shape, one.color, oneSize),
            2,
            new SpecObject(other.shape, other.color, otherSize),
            (Relation)random.Below(SceneVocabulary.Relations.Length));
    }

    /// <summary>Two large objects would touch, so that pair is never stated.</summary>
    private (ObjectSize? One, ObjectSize? Other) PairSizes(ref SceneRandom random)
    {
        int mention = Split == SceneSplit.LongCaptions ? 3 : random.Weighted(70, 10, 10, 10);
        ObjectSize? one = (mention & 1) != 0 ? StatedSize(ref random, 100) : null;
        ObjectSize? other = (mention & 2) != 0 ? StatedSize(ref random, 100) : null;
        return one == ObjectSize.Large && other == ObjectSize.Large ? (one, ObjectSize.Small) : (one, other);
    }

    private static (ObjectColor Color, Shape Shape) Draw(ImmutableArray<(ObjectColor, Shape)> pairs, ref SceneRandom random) =>
        pairs[random.Below(pairs.Length)];
}

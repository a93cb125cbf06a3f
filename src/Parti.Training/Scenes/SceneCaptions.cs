using System.Collections.Immutable;

namespace Parti.Training.Scenes;

/// <summary>A part of a caption, of which random numbers choose the paraphrase.</summary>
delegate string CaptionPart(ref SceneRandom random);

/// <summary>
/// Writes a spec as text, in one of several paraphrases. Everything written here is read back by <see cref="SceneParser"/>.
/// Lower case; a final full stop is rare.
/// </summary>
public static class SceneCaptions
{
    /// <summary>Most words a caption of <see cref="Write(SceneSpec, ulong)"/> can have.</summary>
    public const int MaxWords = 20;

    internal const int FullStopPercent = 3;
    internal const int LeadingBackgroundPercent = 20;

    /// <summary>Words that lead from a picture to its content; the first of each row fits one object, the second several.</summary>
    internal static ImmutableArray<(string One, string Several)> Prefixes { get; } =
    [
        ("a picture of", "a picture of"), ("an image of", "an image of"), ("there is", "there are"),
    ];

    /// <summary>Prepositions of the background clause, commonest first.</summary>
    internal static ImmutableArray<string> BackgroundPrepositions { get; } = ["on", "with", "against"];

    /// <summary>A paraphrase of the spec.</summary>
    /// <param name="spec">What to say.</param>
    /// <param name="key">Chooses the paraphrase.</param>
    public static string Write(SceneSpec spec, ulong key)
    {
        SceneRandom random = new(SceneRandom.Key(key));
        return Write(spec, ref random);
    }

    internal static string Write(SceneSpec spec, ref SceneRandom random) => Framed(
        spec.Category, spec.Background, (ref SceneRandom random) => Plain(spec, ref random), (ref SceneRandom random) => Body(spec, ref random), ref random);

    /// <summary>What a caption says of its objects, before or behind the background if it states one.</summary>
    /// <param name="category">Kind of scene.</param>
    /// <param name="background">Null where it is left open.</param>
    /// <param name="plain">The objects alone, to stand behind "there is".</param>
    /// <param name="body">The objects in one of the paraphrases.</param>
    /// <param name="random">Chooses.</param>
    internal static string Framed(SceneCategory category, Background? background, CaptionPart plain, CaptionPart body, ref SceneRandom random)
    {
        string text;
        if (background is { } leading && random.Chance(LeadingBackgroundPercent))
        {
            string there = category == SceneCategory.Counts ? "there are" : "there is";
            text = $"{BackgroundClause(leading, ref random)} {there} {plain(ref random)}";
        }
        else
        {
            text = body(ref random);
            text = background is { } stated ? $"{text} {BackgroundClause(stated, ref random)}" : text;
        }

        return random.Chance(FullStopPercent) ? text + "." : text;
    }

    /// <summary>A paraphrase of where the first of two objects, with their articles, is seen from the second.</summary>
    internal static string Related(string first, Relation relation, string second, ref SceneRandom random) => random.Weighted(5, 2, 1, 1, 1) switch
    {
        0 => $"{first} {Of(relation, ref random)} {second}",
        1 => $"{Prefix(false, ref random)} {first} {Of(relation, ref random)} {second}",
        2 => $"{first} is {Of(relation, ref random)} {second}",
        3 => $"{second} with {first} {Its(relation, ref random)}",
        _ => $"{Of(relation, ref random)} {second} there is {first}",
    };

    /// <summary>With its article, which follows the sound where English has a rule for it: an owl, a unicorn, an hourglass.</summary>
    internal static string WithArticle(string words)
    {
        bool consonant = words.StartsWith("uni", StringComparison.OrdinalIgnoreCase) || words.StartsWith("eu", StringComparison.OrdinalIgnoreCase);
        bool vowel = "aeiou".Contains(char.ToLowerInvariant(words[0])) || words.StartsWith("hour", StringComparison.OrdinalIgnoreCase);
        return (vowel && !consonant ? "an " : "a ") + words;
    }

    /// <summary>More than <see cref="MaxWords"/> words, each of which training shows. Needs a relation, both sizes and a background.</summary>
    internal static string Long(SceneSpec spec, ref SceneRandom random) =>
        $"there is a picture of {That(spec.First)} {Of(spec.Relation!.Value, ref random)} {That(spec.Second!)} "
        + BackgroundClause(spec.Background!.Value, ref random);

    private static string Body(SceneSpec spec, ref SceneRandom random)
    {
        switch (spec.Category)
        {
            case SceneCategory.Single:
                return random.Weighted(4, 2, 1, 1, 1) switch
                {
                    0 => Noun(spec.First),
                    1 => $"{Prefix(false, ref random)} {Noun(spec.First)}",
                    2 => That(spec.First),
                    3 => $"{Prefix(false, ref random)} {That(spec.First)}",
                    _ => "one " + Words(spec.First),
                };
            case SceneCategory.Counts:
                return random.Weighted(4, 2, 1, 1, 1, 1) switch
                {
                    0 => Several(spec),
                    1 => $"{Prefix(true, ref random)} {Several(spec)}",
                    2 => $"{Number(spec)} {ShapeWord(spec.First, true)} that are {ColorWord(spec.First)}",
                    3 => $"{Prefix(true, ref random)} {Number(spec)} {ShapeWord(spec.First, true)} that are {ColorWord(spec.First)}",
                    4 => $"{spec.Count} {ColorWord(spec.First)} {ShapeWord(spec.First, true)}",
                    _ => "a group of " + Several(spec),
                };
            default:
                return Related(Noun(spec.First), spec.Relation!.Value, Noun(spec.Second!), ref random);
        }
    }

    private static string Plain(SceneSpec spec, ref SceneRandom random) => spec.Category switch
    {
        SceneCategory.Single => Noun(spec.First),
        SceneCategory.Counts => Several(spec),
        _ => $"{Noun(spec.First)} {Of(spec.Relation!.Value, ref random)} {Noun(spec.Second!)}",
    };

    internal static string BackgroundClause(Background background, ref SceneRandom random)
    {
        string preposition = BackgroundPrepositions[random.Weighted(4, 1, 1)];
        return $"{preposition} a {SceneVocabulary.Backgrounds[(int)background].Words} background";
    }

    internal static string Prefix(bool several, ref SceneRandom random)
    {
        (string one, string more) = Prefixes[random.Below(Prefixes.Length)];
        return several ? more : one;
    }

    internal static string Of(Relation relation, ref SceneRandom random)
    {
        ImmutableArray<string> phrases = SceneVocabulary.Relations[(int)relation].Of;
        return phrases[random.Chance(50) ? 0 : random.Below(phrases.Length)];
    }

    internal static string Its(Relation relation, ref SceneRandom random)
    {
        ImmutableArray<string> phrases = SceneVocabulary.Relations[(int)relation].Its;
        return phrases[random.Below(phrases.Length)];
    }

    private static string Several(SceneSpec spec) => $"{Number(spec)} {ColorWord(spec.First)} {ShapeWord(spec.First, true)}";

    private static string Number(SceneSpec spec) => SceneVocabulary.Numbers[spec.Count];

    private static string Noun(SpecObject item) => WithArticle(Words(item));

    private static string That(SpecObject item) => $"{WithArticle(SizePrefix(item) + ShapeWord(item, false))} that is {ColorWord(item)}";

    private static string Words(SpecObject item) => $"{SizePrefix(item)}{ColorWord(item)} {ShapeWord(item, false)}";

    private static string SizePrefix(SpecObject item) => item.Size is { } size ? SceneVocabulary.Sizes[(int)size].Word + " " : "";

    private static string ColorWord(SpecObject item) => SceneVocabulary.Colors[(int)item.Color].Word;

    private static string ShapeWord(SpecObject item, bool plural)
    {
        (string singular, string several) = SceneVocabulary.Shapes[(int)item.Shape];
        return plural ? several : singular;
    }
}

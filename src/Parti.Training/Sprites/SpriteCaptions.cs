using Parti.Training.Scenes;

namespace Parti.Training.Sprites;

/// <summary>Writes what a picture of sprites shows, by the sprites' own names, in one of several paraphrases.</summary>
static class SpriteCaptions
{
    /// <summary>A paraphrase of a spec.</summary>
    internal static string Write(IReadOnlyList<Sprite> sprites, SpriteSpec spec, ref SceneRandom random)
    {
        string text;
        if (spec.Background is { } background && random.Chance(SceneCaptions.LeadingBackgroundPercent))
        {
            string there = spec.Category == SceneCategory.Counts ? "there are" : "there is";
            text = $"{SceneCaptions.BackgroundClause(background, ref random)} {there} {Plain(sprites, spec, ref random)}";
        }
        else
        {
            text = Body(sprites, spec, ref random);
            text = spec.Background is { } stated ? $"{text} {SceneCaptions.BackgroundClause(stated, ref random)}" : text;
        }
        return random.Chance(SceneCaptions.FullStopPercent) ? text + "." : text;
    }

    /// <summary>With its article, which follows the sound where English has a rule for it: an owl, a unicorn, an hourglass.</summary>
    internal static string WithArticle(string words)
    {
        bool consonant = words.StartsWith("uni", StringComparison.OrdinalIgnoreCase) || words.StartsWith("eu", StringComparison.OrdinalIgnoreCase);
        bool vowel = "aeiou".Contains(char.ToLowerInvariant(words[0])) || words.StartsWith("hour", StringComparison.OrdinalIgnoreCase);
        return (vowel && !consonant ? "an " : "a ") + words;
    }

    static string Plain(IReadOnlyList<Sprite> sprites, SpriteSpec spec, ref SceneRandom random) => spec.Category switch
    {
        SceneCategory.Single => One(sprites, spec),
        SceneCategory.Counts => Several(sprites, spec),
        _ => $"{One(sprites, spec)} {SceneCaptions.Of(spec.Relation!.Value, ref random)} {Other(sprites, spec)}",
    };

    static string Body(IReadOnlyList<Sprite> sprites, SpriteSpec spec, ref SceneRandom random) => spec.Category switch
    {
        SceneCategory.Single => random.Weighted(4, 2, 1, 2) switch
        {
            0 => One(sprites, spec),
            1 => $"{SceneCaptions.Prefix(false, ref random)} {One(sprites, spec)}",
            2 => $"one {Sized(sprites, spec)}",
            _ => One(sprites, spec) + Tags(sprites[spec.First], ref random),
        },
        SceneCategory.Counts => random.Weighted(4, 2, 1, 1) switch
        {
            0 => Several(sprites, spec),
            1 => $"{SceneCaptions.Prefix(true, ref random)} {Several(sprites, spec)}",
            2 => $"{spec.Count} {sprites[spec.First].Plural}",
            _ => $"a group of {Several(sprites, spec)}",
        },
        _ => Related(sprites, spec, ref random),
    };

    static string Related(IReadOnlyList<Sprite> sprites, SpriteSpec spec, ref SceneRandom random)
    {
        string first = One(sprites, spec), second = Other(sprites, spec);
        Relation relation = spec.Relation!.Value;
        return random.Weighted(5, 2, 1, 1, 1) switch
        {
            0 => $"{first} {SceneCaptions.Of(relation, ref random)} {second}",
            1 => $"{SceneCaptions.Prefix(false, ref random)} {first} {SceneCaptions.Of(relation, ref random)} {second}",
            2 => $"{first} is {SceneCaptions.Of(relation, ref random)} {second}",
            3 => $"{second} with {first} {SceneCaptions.Its(relation, ref random)}",
            _ => $"{SceneCaptions.Of(relation, ref random)} {second} there is {first}",
        };
    }

    // One or two of them, as the data's own captions are lists of such words.
    static string Tags(Sprite sprite, ref SceneRandom random)
    {
        if (sprite.Tags.Count == 0)
        {
            return "";
        }
        string first = sprite.Tags[random.Below(sprite.Tags.Count)], second = sprite.Tags[random.Below(sprite.Tags.Count)];
        return first == second ? $", {first}" : $", {first}, {second}";
    }

    static string One(IReadOnlyList<Sprite> sprites, SpriteSpec spec) => WithArticle(Sized(sprites, spec));

    static string Other(IReadOnlyList<Sprite> sprites, SpriteSpec spec) => WithArticle(sprites[spec.Second!.Value].Name);

    static string Sized(IReadOnlyList<Sprite> sprites, SpriteSpec spec) => (spec.Size == SpriteSize.Large ? "large " : "") + sprites[spec.First].Name;

    static string Several(IReadOnlyList<Sprite> sprites, SpriteSpec spec) => $"{SceneVocabulary.Numbers[spec.Count]} {sprites[spec.First].Plural}";
}

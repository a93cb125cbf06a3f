using Parti.Training.Scenes;

namespace Parti.Training.Sprites;

/// <summary>Writes what a picture of sprites shows, by the sprites' own names, in one of several paraphrases.</summary>
static class SpriteCaptions
{
    /// <summary>A paraphrase of a spec.</summary>
    internal static string Write(IReadOnlyList<Sprite> sprites, SpriteSpec spec, ref SceneRandom random) => SceneCaptions.Framed(
        spec.Category,
        spec.Background,
        (ref SceneRandom random) => Plain(sprites, spec, ref random),
        (ref SceneRandom random) => Body(sprites, spec, ref random),
        ref random);

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
        _ => SceneCaptions.Related(One(sprites, spec), spec.Relation!.Value, Other(sprites, spec), ref random),
    };

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

    static string One(IReadOnlyList<Sprite> sprites, SpriteSpec spec) => SceneCaptions.WithArticle(Sized(sprites, spec));

    static string Other(IReadOnlyList<Sprite> sprites, SpriteSpec spec) => SceneCaptions.WithArticle(sprites[spec.Second!.Value].Name);

    static string Sized(IReadOnlyList<Sprite> sprites, SpriteSpec spec) => (spec.Size == SpriteSize.Large ? "large " : "") + sprites[spec.First].Name;

    static string Several(IReadOnlyList<Sprite> sprites, SpriteSpec spec) => $"{SceneVocabulary.Numbers[spec.Count]} {sprites[spec.First].Plural}";
}

using Parti.Training.Scenes;

namespace Parti.Training.Sprites;

/// <summary>What a picture of sprites shows.</summary>
/// <param name="Background">Flat colour behind them.</param>
/// <param name="Sprites">Sprites; their boxes do not touch.</param>
public sealed record SpriteScene(Background Background, IReadOnlyList<PlacedSprite> Sprites);

/// <summary>What a caption states, as a value.</summary>
/// <param name="Category">The kind of scene.</param>
/// <param name="First">Which sprite; in a relation the one that is, say, left of <paramref name="Second"/>.</param>
/// <param name="Count">How many the picture shows: 1, 2 to 4 for counts, 2 for a relation.</param>
/// <param name="Size">Size of the first one, or null where the caption leaves it open.</param>
/// <param name="Second">The other one of a relation, else null.</param>
/// <param name="Relation">Where the first is seen from the second, else null.</param>
/// <param name="Background">The background, or null where the caption leaves it open.</param>
public sealed record SpriteSpec(
    SceneCategory Category, int First, int Count, SpriteSize? Size = null, int? Second = null, Relation? Relation = null, Background? Background = null);

/// <summary>A caption, what it states, and a picture's content for which it is true.</summary>
/// <param name="Spec">What the caption states.</param>
/// <param name="Caption">The text.</param>
/// <param name="Scene">What is to be drawn.</param>
public sealed record SpriteSample(SpriteSpec Spec, string Caption, SpriteScene Scene);

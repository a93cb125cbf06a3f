using Parti.Training.Sprites;

namespace Parti.Training.Data;

/// <summary>Scenes of sprites, drawn when asked for.</summary>
/// <param name="scenes">The stream.</param>
public sealed class SpriteExamples(SpriteGenerator scenes) : IExamples
{
    readonly SpriteRenderer _renderer = new(scenes.Set);

    /// <inheritdoc />
    public string Identity => $"sprites {SpriteGenerator.Version} {scenes.Set.Digest} {scenes.Split} {scenes.Seed}";

    /// <inheritdoc />
    public long? Distinct => null;

    /// <summary>The sprites.</summary>
    public SpriteSet Set => scenes.Set;

    /// <inheritdoc />
    public long Key(long index) => index;

    /// <inheritdoc />
    public Example At(long index, int size) => Drawn(scenes.At(index), index, size);

    /// <inheritdoc />
    public string CaptionAt(long index) => scenes.At(index).Caption;

    /// <summary>The scene drawn at both sizes.</summary>
    /// <inheritdoc />
    public (Example Small, Example Large) PairAt(long index, int size, int factor)
    {
        SpriteSample sample = scenes.At(index);
        return (Drawn(sample, index, size), Drawn(sample, index, size * factor));
    }

    Example Drawn(SpriteSample sample, long index, int size) => new(sample.Caption, _renderer.Draw(sample.Scene, size)) { Key = index };
}

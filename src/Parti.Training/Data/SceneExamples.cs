using Parti.Training.Scenes;

namespace Parti.Training.Data;

/// <summary>Procedural scenes, drawn when asked for.</summary>
/// <param name="scenes">The stream.</param>
public sealed class SceneExamples(SceneGenerator scenes) : IExamples
{
    /// <inheritdoc />
    public string Identity => $"scenes {SceneGenerator.Version} {scenes.Split} {scenes.Seed}";

    /// <inheritdoc />
    public long? Distinct => null;

    /// <inheritdoc />
    public long Key(long index) => index;

    /// <inheritdoc />
    public Example At(long index, int size) => Drawn(scenes.At(index), size) with { Key = index };

    /// <inheritdoc />
    public string CaptionAt(long index) => scenes.At(index).Caption;

    /// <summary>The scene drawn at both sizes.</summary>
    /// <inheritdoc />
    public (Example Small, Example Large) PairAt(long index, int size, int factor)
    {
        SceneSample sample = scenes.At(index);
        return (Drawn(sample, size) with { Key = index }, Drawn(sample, size * factor) with { Key = index });
    }

    internal static Example Drawn(SceneSample sample, int size)
    {
        byte[] pixels = new byte[3 * size * size];
        SceneRenderer.Render(sample.Scene, size, pixels);
        return new(sample.Caption, pixels);
    }
}

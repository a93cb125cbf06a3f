using Parti.Training.Scenes;

namespace Parti.Training.Sprites;

/// <summary>Draws scenes of sprites. Pictures are RGB bytes, <c>[S, S, 3]</c>. Safe for use by many threads.</summary>
/// <param name="set">Sprites.</param>
public sealed class SpriteRenderer(SpriteSet set)
{
    /// <summary>Draws a scene.</summary>
    /// <param name="scene">What to draw.</param>
    /// <param name="size">S, edge in pixels: a multiple of 8 up to 4,096.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is not one of those.</exception>
    public byte[] Draw(SpriteScene scene, int size)
    {
        byte[] rgb = SceneRenderer.Render(new Scene(scene.Background, []), size);
        int cell = size / SceneVocabulary.CellsPerEdge;
        foreach (PlacedSprite placed in scene.Sprites)
        {
            SpriteImage image = set.At(placed.Index, cell * (int)placed.Size);
            for (int i = 0; i < image.Cover.Length; i++)
            {
                (int y, int x) = Math.DivRem(i, image.Edge);
                image.Over(i, rgb.AsSpan(3 * ((placed.Y * cell + y) * size + placed.X * cell + x), 3));
            }
        }
        return rgb;
    }
}

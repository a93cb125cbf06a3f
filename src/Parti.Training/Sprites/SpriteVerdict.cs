namespace Parti.Training.Sprites;

/// <summary>Whether a picture shows what a caption states, factor by factor. A factor the caption leaves open is right.</summary>
/// <param name="Count">The number of things.</param>
/// <param name="Names">What they are: every one of a count, both of a relation.</param>
/// <param name="Relation">Where the first is seen from the second.</param>
/// <param name="Sizes">The stated size.</param>
/// <param name="Background">The stated background.</param>
/// <param name="Seen">The sprites in the picture.</param>
/// <param name="Unnamed">Things that are none of the sprites.</param>
public sealed record SpriteVerdict(bool Count, bool Names, bool Relation, bool Sizes, bool Background, IReadOnlyList<PlacedSprite> Seen, int Unnamed)
{
    /// <summary>Every factor is right.</summary>
    public bool AllCorrect => Count && Names && Relation && Sizes && Background;
}

namespace Parti.Training.Sprites;

/// <summary>A picture of one thing with nothing behind it.</summary>
/// <param name="Name">What it is called, without an article: <c>red apple</c>.</param>
/// <param name="Plural">Several of it: <c>red apples</c>.</param>
/// <param name="Tags">Other words people have for it, from none.</param>
/// <param name="File">Its file, below the set's folder.</param>
public sealed record Sprite(string Name, string Plural, IReadOnlyList<string> Tags, string File)
{
    /// <summary>Most characters of a name or tag.</summary>
    public const int MaxName = 100;
}

/// <summary>One sprite of a scene.</summary>
/// <param name="Index">Which of the set.</param>
/// <param name="Size">Its size class.</param>
/// <param name="X">Left edge of its box in cells of the 8 x 8 grid.</param>
/// <param name="Y">Upper edge of its box in cells.</param>
public sealed record PlacedSprite(int Index, SpriteSize Size, int X, int Y)
{
    internal bool Covers(int x, int y) => x >= X && y >= Y && x < X + (int)Size && y < Y + (int)Size;

    internal bool Overlaps(PlacedSprite other) =>
        X < other.X + (int)other.Size && other.X < X + (int)Size && Y < other.Y + (int)other.Size && other.Y < Y + (int)Size;
}

/// <summary>Size classes of sprites; the value is the edge of the box in cells of the 8 x 8 grid.</summary>
public enum SpriteSize
{
    /// <summary>What a caption that says nothing of sizes means: 24 of 64 px.</summary>
    Normal = 3,

    /// <summary>32 of 64 px.</summary>
    Large = 4,
}

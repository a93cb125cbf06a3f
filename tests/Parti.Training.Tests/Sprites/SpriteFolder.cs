using Parti.Training.Sprites;
using Parti.Training.Tests.Data;
using SkiaSharp;

namespace Parti.Training.Tests.Sprites;

/// <summary>Twelve sprites, each a form of one colour on nothing.</summary>
internal static class SpriteFolder
{
    static readonly (string Name, SKColor Color, Func<int, int, bool> Covers)[] Things =
    [
        ("apple", new(200, 30, 40), (x, y) => Within(x, y, 14)), ("orange", new(240, 130, 20), (x, y) => Within(x, y, 10)),
        ("unicorn", new(200, 60, 200), (x, y) => y > x), ("hourglass", new(30, 60, 60), (x, y) => Math.Abs(x - 16) < Math.Abs(y - 16)),
        ("ladder", new(120, 70, 20), (x, y) => y % 8 < 3 || x is < 6 or > 26), ("fence", new(20, 90, 30), (x, y) => x % 8 < 4),
        ("window", new(40, 80, 220), (x, y) => x is < 4 or > 27 || y is < 4 or > 27 || x == 16 || y == 16), ("door", new(90, 20, 20), (x, _) => x is > 8 and < 24),
        ("ring", new(230, 200, 30), (x, y) => Within(x, y, 15) && !Within(x, y, 9)), ("hat", new(10, 10, 10), (x, y) => y > 22 || (x is > 8 and < 24)),
        ("kite", new(0, 150, 160), (x, y) => Math.Abs(x - 16) + Math.Abs(y - 16) < 15), ("arrow", new(120, 0, 60), (x, y) => Math.Abs(y - 16) < (32 - x) / 2),
    ];

    /// <summary>Writes them.</summary>
    internal static string Write(DataFolder folder)
    {
        foreach ((string name, SKColor color, Func<int, int, bool> covers) in Things)
        {
            folder.Write($"sprites/{name}.png", DataFolder.Png(32, 32, (x, y) => covers(x, y) ? color : SKColors.Transparent));
        }
        folder.Write("sprites/sprites.jsonl", string.Join('\n', Things.Select(t => $$"""{"file": "{{t.Name}}.png", "name": "{{t.Name}}", "tags": ["thing", "{{t.Name[..3]}}"]}""")));
        return folder.At("sprites");
    }

    /// <summary>Writes and opens them.</summary>
    internal static SpriteSet Open(DataFolder folder) => SpriteSet.Open(Write(folder));

    static bool Within(int x, int y, int radius) => (x - 16) * (x - 16) + (y - 16) * (y - 16) < radius * radius;
}

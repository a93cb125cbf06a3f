using System.Text;

namespace Parti.Training.Tests.Text;

/// <summary>Lines that a tokenizer may get wrong, and captions among them. The same seed gives the same lines; none holds half a surrogate pair.</summary>
static class UnusualLines
{
    static readonly string[] Words =
    [
        "a", "red", "circle", "Blue", "SQUARE", "above", "the", "left", "of", "two", "stars", "triangle,", "green.", "naïve", "café", "12", "007", "3,14", "sss", "iiiiiiii",
    ];

    static readonly string[] Emoji =
    [
        "😀", "👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "1️⃣", "🇫🇷🇯🇵", "❤️‍🔥", "🧑🏿‍🚀", "\u200D", "\uFE0F",
    ];

    static readonly string[] Scripts =
    [
        "ｆｕｌｌ　ｗｉｄｔｈ", "ﾊﾝｶｸ", "שָׁלוֹם", "\u202Eمرحبا\u202C", "ﷺ", "ﬁﬂ", "日本語", "한국어", "한", "नमस्ते", "ไทย", "Ωmega", "ПРИВЕТ", "𝔘𝔫𝔦", "ǆ", "İı", "ẞß", "½²₃",
    ];

    static readonly string[] Blanks = [" ", "  ", "\t", "\u00A0", "\u2003", "\u3000", "\u2028", "\u0085", "\u200B", "\uFEFF", "\u2581", "\r", "\v"];

    static readonly string[] Marks = ["<s>", "</s>", "<pad>", "<unk>", "<0x41>", "<0xFF>", "\u0000", "\u0007", "\u001B[0m", "\u007F", "\uFFFD", "\uFFFE"];

    internal static IReadOnlyList<string> Of(int seed, int count)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(i => Line(random, i % 500 == 499 ? 1500 : 1 + random.Next(9)))];
    }

    static string Line(Random random, int parts)
    {
        StringBuilder line = new();
        for (int i = 0; i < parts; i++)
        {
            line.Append(Part(random));
            line.Append(random.Next(4) switch { 0 => "", 1 => Pick(random, Blanks), _ => " " });
        }
        return line.ToString();
    }

    static string Part(Random random) => random.Next(12) switch
    {
        < 5 => Pick(random, Words),
        5 => Pick(random, Emoji),
        6 => Pick(random, Scripts),
        7 => Pick(random, Marks),
        8 => "e" + string.Concat(Enumerable.Range(0, 1 + random.Next(4)).Select(_ => (char)random.Next(0x300, 0x370))),
        9 => new string(Pick(random, ["s", "a", "0", "é", "語"])[0], 1 + random.Next(40)),
        10 => string.Concat(Enumerable.Range(0, 1 + random.Next(5)).Select(_ => Scalar(random, 0x3000))),
        _ => string.Concat(Enumerable.Range(0, 1 + random.Next(5)).Select(_ => Scalar(random, 0x110000))),
    };

    static string Scalar(Random random, int end)
    {
        int value = random.Next(end);
        // A line feed would end the line for the other reader.
        return Rune.IsValid(value) && value != '\n' ? new Rune(value).ToString() : "x";
    }

    static string Pick(Random random, string[] from) => from[random.Next(from.Length)];
}

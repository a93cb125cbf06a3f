using System.Globalization;
using System.Text;
using Parti.Models.Text;

namespace Parti.Models.Tests.Text;

public sealed class TextNormalizerTests
{
    // Expected values come from Python's unicodedata (Unicode 14.0): random characters and runs with decompositions and marks.
    [Fact]
    public void Nfkc_UnicodeText_EqualsReference()
    {
        string[] golden = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Text", "Data", "nfkc.golden.tsv"));
        Assert.Equal(1000, golden.Length);
        foreach (string line in golden)
        {
            string[] fields = line.Split('\t');
            Assert.Equal(line, fields[0] + "\t" + Points(Nfkc.Normalize(Text(fields[0]))));
        }
    }

    [Theory]
    [InlineData("  a \t b\r\n", "a b")]
    [InlineData("Ａ ﬁne ½", "a fine 1⁄2")]
    [InlineData("e\u0301te\u0301", "été")]
    [InlineData("a\u00A0b\u3000c\u2028d", "a b c d")]
    [InlineData("\uFEFFa\u200B\u0000\u0007b", "ab")]
    [InlineData("\u2581a\u2581", "a")]
    [InlineData("ÀÉ ПРИВЕТ Σ", "àé привет σ")]
    [InlineData("", "")]
    public void Normalize_Text_HasOneForm(string text, string expected)
    {
        Assert.Equal(expected, TextNormalizer.Normalize(text, lowerCase: true));
    }

    [Fact]
    public void Normalize_CaseKept_WhenAsked()
    {
        Assert.Equal("A Red", TextNormalizer.Normalize(" A  Red", lowerCase: false));
    }

    [Fact]
    public void Normalize_UnpairedSurrogates_BecomeReplacements()
    {
        Assert.Equal("a\uFFFDb\uFFFD😀\uFFFD", TextNormalizer.Normalize("a\uD83Db\uDE00😀\uD83D", lowerCase: true));
    }

    static string Text(string points) =>
        string.Concat(points.Split(' ').Select(p => new Rune(int.Parse(p, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString()));

    static string Points(string text) => string.Join(' ', text.EnumerateRunes().Select(r => r.Value.ToString("X", CultureInfo.InvariantCulture)));
}

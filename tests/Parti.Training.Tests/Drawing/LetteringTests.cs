using Parti.Training.Drawing;
using Parti.Training.Tests.Scenes;
using SkiaSharp;

namespace Parti.Training.Tests.Drawing;

public class LetteringTests
{
    [Fact]
    public void Has_LettersOfPromptsAndPapers_AreThere()
    {
        string needed = string.Concat(Enumerable.Range(32, 95).Select(code => (char)code)) + "ÀÿéãèŐλσℓ–—‘’“”…·≤×±−²";
        Assert.Equal("", string.Concat(needed.Where(character => !Lettering.Has(character))));
        Assert.False(Lettering.Has('中'));
    }

    [Fact]
    public void Draw_DifferentLetters_LeaveDifferentInk()
    {
        string[] drawn = [.. "ilmW8".Select(letter => Convert.ToBase64String(PngFile.Draw(30, 30, canvas => Lettering.Draw(canvas, $"{letter}", new(4, 24), 20, SKColors.Black))))];
        Assert.Equal(drawn.Length, drawn.Distinct().Count());
        using SKBitmap letter = Ink.Decode(PngFile.Draw(30, 30, canvas => Lettering.Draw(canvas, "W", new(4, 24), 20, SKColors.Black)));
        Assert.InRange(Ink.Dark(letter, 0, 30), 20, 300);
    }

    [Fact]
    public void Wrap_RandomTexts_FitAndKeepEveryWordInOrder()
    {
        Random random = new(unchecked((int)TestSeed.Next()));
        for (int i = 0; i < 100; i++)
        {
            string[] words = [.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => new string('a', random.Next(1, 9)))];
            IReadOnlyList<string> lines = Lettering.Wrap(string.Join(' ', words), 11, 80, 40);

            Assert.All(lines, line => Assert.InRange(Lettering.Width(line, 11), 0, 80));
            Assert.Equal(words, lines.SelectMany(line => line.Split(' ')));
        }
    }

    [Fact]
    public void Wrap_MoreThanTheLines_EndsInAnEllipsisThatFits()
    {
        IReadOnlyList<string> lines = Lettering.Wrap("a photograph of an astronaut riding a horse in the forest", 11, 90, 2);

        Assert.Equal(2, lines.Count);
        Assert.EndsWith("…", lines[1], StringComparison.Ordinal);
        Assert.All(lines, line => Assert.InRange(Lettering.Width(line, 11), 1, 90));
    }

    [Fact]
    public void Wrap_WordWiderThanALine_IsCut() =>
        Assert.EndsWith("…", Assert.Single(Lettering.Wrap("supercalifragilisticexpialidocious", 11, 90, 3)), StringComparison.Ordinal);

    [Fact]
    public void Wrap_NoText_HasNoLine() => Assert.Empty(Lettering.Wrap("  ", 11, 90, 3));
}

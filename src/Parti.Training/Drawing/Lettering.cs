using SkiaSharp;

namespace Parti.Training.Drawing;

/// <summary>Text on charts and sheets, in the font of this assembly: a system without fonts draws the same as any other.</summary>
static class Lettering
{
    const string Ellipsis = "…";
    const float TextHeight = 12;

    static readonly SKTypeface Face = Load();

    /// <summary>Draws a line of text.</summary>
    /// <param name="canvas">Where to.</param>
    /// <param name="text">The text; characters that the font lacks are drawn as boxes.</param>
    /// <param name="at">The base line's left end, middle or right end.</param>
    /// <param name="size">Size in pixels.</param>
    /// <param name="color">Colour.</param>
    /// <param name="align">Which of the three <paramref name="at"/> is.</param>
    internal static void Draw(SKCanvas canvas, string text, SKPoint at, float size, SKColor color, SKTextAlign align = SKTextAlign.Left)
    {
        using SKFont font = Font(size);
        using SKPaint paint = new() { Color = color, IsAntialias = true };
        canvas.DrawText(text, at.X, at.Y, align, font, paint);
    }

    /// <summary>Width of a line of text in pixels.</summary>
    /// <param name="text">The text.</param>
    /// <param name="size">Size in pixels.</param>
    internal static float Width(string text, float size)
    {
        using SKFont font = Font(size);
        return font.MeasureText(text);
    }

    /// <summary>Whether the font has a character.</summary>
    /// <param name="character">A character.</param>
    internal static bool Has(char character)
    {
        using SKFont font = Font(TextHeight);
        return font.ContainsGlyph(character);
    }

    /// <summary>Breaks a text between words into lines that fit; what does not fit the last line ends in an ellipsis.</summary>
    /// <param name="text">The text.</param>
    /// <param name="size">Size in pixels.</param>
    /// <param name="width">Width of a line in pixels.</param>
    /// <param name="lines">Most lines, at least 1.</param>
    internal static IReadOnlyList<string> Wrap(string text, float size, float width, int lines)
    {
        using SKFont font = Font(size);
        List<string> done = [];
        string open = "";
        foreach (string word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            string longer = open.Length == 0 ? word : $"{open} {word}";
            // On the last line everything is kept, so that Cut sees what is left out.
            if (open.Length == 0 || done.Count == lines - 1 || font.MeasureText(longer) <= width)
            {
                open = longer;
                continue;
            }
            done.Add(Cut(font, open, width));
            open = word;
        }
        return open.Length == 0 ? done : [.. done, Cut(font, open, width)];
    }

    static string Cut(SKFont font, string text, float width)
    {
        if (font.MeasureText(text) <= width)
        {
            return text;
        }
        int length = text.Length;
        while (length > 0 && (char.IsHighSurrogate(text[length - 1]) || font.MeasureText(text[..length] + Ellipsis) > width))
        {
            length--;
        }
        return text[..length].TrimEnd() + Ellipsis;
    }

    static SKFont Font(float size) => new(Face, size) { Edging = SKFontEdging.Antialias, Subpixel = true, Hinting = SKFontHinting.None };

    static SKTypeface Load()
    {
        using Stream font = typeof(Lettering).Assembly.GetManifestResourceStream("DejaVuSans.subset.ttf")
            ?? throw new InvalidOperationException("DejaVuSans.subset.ttf is not in the assembly.");
        return SKTypeface.FromStream(font) ?? throw new InvalidOperationException("The imaging library cannot read DejaVuSans.subset.ttf.");
    }
}

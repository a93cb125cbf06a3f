using System.Globalization;
using System.Text;

namespace Parti.Models.Text;

/// <summary>
/// Brings text to the one form the tokenizer was trained on: NFKC, no control or invisible format characters,
/// blanks collapsed to one space and trimmed, optionally lower case.
/// Uses no operating system tables, so that the same prompt gives the same tokens on every machine.
/// </summary>
public static class TextNormalizer
{
    const char Replacement = '\uFFFD';
    // SentencePiece marks a word's start with this character; in a text it means a blank.
    const char WordMark = '\u2581';

    /// <summary>Normalises a text.</summary>
    /// <param name="text">Any text; unpaired surrogates become U+FFFD.</param>
    /// <param name="lowerCase">Whether upper-case letters become lower case (simple mapping, culture-invariant).</param>
    /// <returns>The normalised text; empty when the text holds blanks only.</returns>
    public static string Normalize(string text, bool lowerCase)
    {
        ArgumentNullException.ThrowIfNull(text);
        string composed = IsPlain(text) ? text : Nfkc.Normalize(WellFormed(text));
        StringBuilder result = new(composed.Length);
        bool blank = false;
        foreach (Rune rune in composed.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || rune.Value == WordMark)
            {
                blank = true;
                continue;
            }
            if (IsInvisible(rune))
            {
                continue;
            }
            if (blank && result.Length > 0)
            {
                result.Append(' ');
            }
            blank = false;
            AppendRune(result, lowerCase ? Rune.ToLowerInvariant(rune) : rune);
        }
        return result.ToString();
    }

    static bool IsPlain(string text) => Ascii.IsValid(text);

    static bool IsInvisible(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format;

    static void AppendRune(StringBuilder builder, Rune rune)
    {
        Span<char> units = stackalloc char[2];
        builder.Append(units[..rune.EncodeToUtf16(units)]);
    }

    static string WellFormed(string text)
    {
        int bad = IndexOfUnpaired(text, 0);
        if (bad < 0)
        {
            return text;
        }
        char[] units = text.ToCharArray();
        for (; bad >= 0; bad = IndexOfUnpaired(text, bad + 1))
        {
            units[bad] = Replacement;
        }
        return new string(units);
    }

    static int IndexOfUnpaired(string text, int start)
    {
        for (int i = start; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return i;
            }
        }
        return -1;
    }
}

using System.Text;

namespace Parti.Models.Text.ByteLevel;

/// <summary>
/// Bytes as printable characters, as byte-level vocabularies spell them (GPT-2): printable Latin-1 stands for itself, the other 68 bytes are
/// numbered from U+0100 on.
/// </summary>
static class ByteAlphabet
{
    private static readonly char[] Characters = Alphabet();

    /// <summary>A text's UTF-8 bytes, one character each.</summary>
    internal static string Spell(string text) => string.Create(Encoding.UTF8.GetByteCount(text), text, static (spelled, text) =>
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        for (int i = 0; i < bytes.Length; i++)
        {
            spelled[i] = Characters[bytes[i]];
        }
    });

    private static char[] Alphabet()
    {
        char[] characters = new char[256];
        char next = '\u0100';
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE and <= 0xFF;
            characters[value] = printable ? (char)value : next++;
        }
        return characters;
    }
}

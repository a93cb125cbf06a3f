using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Parti.Models.Text.ByteLevel;

/// <summary>
/// Regular expressions over Unicode scalars, as tokenizer files write them, for a library that matches UTF-16 units: a class with characters
/// beyond U+FFFF becomes an alternative of surrogate pairs, and a negated class takes a whole pair.
/// </summary>
static partial class ScalarPattern
{
    private static readonly TimeSpan MatchLimit = TimeSpan.FromSeconds(2);

    /// <summary>Compiles a pattern.</summary>
    /// <param name="pattern">The pattern of a tokenizer file.</param>
    /// <exception cref="InvalidDataException">It uses something that is not supported; the message says what.</exception>
    internal static Regex Compile(string pattern)
    {
        try
        {
            return new Regex(Classes().Replace(pattern, match => Translate(match.Value)), RegexOptions.CultureInvariant, MatchLimit);
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"pattern \"{pattern}\" cannot be used: {error.Message}", error);
        }
    }

    private static string Translate(string item)
    {
        if (item[0] == '\\')
        {
            return item;
        }
        if (item[0] != '[')
        {
            return $"(?:{item})";
        }
        string inside = item[1..^1];
        if (inside.StartsWith('^'))
        {
            return inside.Any(char.IsSurrogate)
                ? throw new InvalidDataException($"class \"{item}\" excludes characters beyond U+FFFF, which is not supported")
                : $"(?:[\\ud800-\\udbff][\\udc00-\\udfff]|[^{inside[1..]}\\ud800-\\udfff])";
        }
        return inside.Any(char.IsSurrogate) ? Split(inside) : item;
    }

    // BMP characters stay a class; each range of the others is one alternative for every high surrogate it reaches.
    private static string Split(string inside)
    {
        StringBuilder basic = new(), pairs = new();
        for (int i = 0; i < inside.Length;)
        {
            int length = char.IsHighSurrogate(inside[i]) ? 2 : inside[i] == '\\' ? 2 : 1;
            if (length == 1 || inside[i] == '\\')
            {
                basic.Append(inside, i, length);
                i += length;
                continue;
            }
            int first = char.ConvertToUtf32(inside, i), last = first;
            i += 2;
            if (i + 2 < inside.Length && inside[i] == '-' && char.IsHighSurrogate(inside[i + 1]))
            {
                last = char.ConvertToUtf32(inside, i + 1);
                i += 3;
            }
            AppendPairs(pairs, first, last);
        }
        return basic.Length > 0 ? $"(?:[{basic}]{pairs})" : $"(?:{pairs.ToString()[1..]})";
    }

    private static void AppendPairs(StringBuilder pairs, int first, int last)
    {
        for (int start = first; start <= last;)
        {
            int end = Math.Min(last, start | 0x3FF);
            string from = char.ConvertFromUtf32(start), to = char.ConvertFromUtf32(end);
            pairs.Append(CultureInfo.InvariantCulture, $"|\\u{(int)from[0]:x4}[\\u{(int)from[1]:x4}-\\u{(int)to[1]:x4}]");
            start = end + 1;
        }
    }

    // An escape, a class, or a character beyond U+FFFF outside one.
    [GeneratedRegex(@"\\[pP]\{[^}]*\}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[\ud800-\udbff][\udc00-\udfff]")]
    private static partial Regex Classes();
}

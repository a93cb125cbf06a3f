using System.IO.Enumeration;

namespace Parti.Training.Data;

/// <summary>Several files in one word: <c>shard-{0000..0127}.tar</c>, <c>{a,b}.tar</c>, and <c>*</c> and <c>?</c> in the last part of a path.</summary>
static class FilePattern
{
    const int Most = 1_000_000;

    /// <summary>Whether a text names several files.</summary>
    internal static bool Is(string text) => text.AsSpan().ContainsAny("{*?");

    /// <summary>The files of a pattern. Those of braces must exist; of stars and question marks those that do are meant.</summary>
    /// <exception cref="DataException">Nothing matches, a file of a range is missing, or the range is too long.</exception>
    internal static IReadOnlyList<string> Files(string pattern)
    {
        List<string> found = [];
        foreach (string path in Braces(pattern))
        {
            if (path.AsSpan().ContainsAny("*?"))
            {
                found.AddRange(Matching(path));
            }
            else
            {
                found.Add(File.Exists(path) ? path : throw new DataException($"{path}: is not there, though {pattern} names it; correct the range."));
            }
        }
        return found.Count > 0 ? [.. found.Distinct(StringComparer.Ordinal)] : throw new DataException($"{pattern}: no file matches; stars and question marks stand in the last part of a path only.");
    }

    /// <summary>The texts that braces stand for, first things first.</summary>
    internal static IReadOnlyList<string> Braces(string text)
    {
        int open = text.IndexOf('{'), close = open < 0 ? -1 : text.IndexOf('}', open);
        if (close < 0)
        {
            return [text];
        }
        string[] choices = Choices(text, text[(open + 1)..close]);
        IReadOnlyList<string> rests = Braces(text[(close + 1)..]);
        return (long)choices.Length * rests.Count <= Most
            ? [.. choices.SelectMany(choice => rests.Select(rest => text[..open] + choice + rest))]
            : throw TooMany(text);
    }

    static string[] Choices(string text, string inner)
    {
        if (inner.Split("..") is not [var first, var last] || !IsNumber(first, out long start) || !IsNumber(last, out long end))
        {
            return inner.Split(',');
        }
        if (Math.Abs(end - start) >= Most)
        {
            throw TooMany(text);
        }
        // As shells do: the width of the wider end, filled with zeros where one of them is.
        int width = first.StartsWith('0') || last.StartsWith('0') ? Math.Max(first.Length, last.Length) : 1, step = Math.Sign(end - start);
        return [.. Enumerable.Range(0, (int)Math.Abs(end - start) + 1).Select(i => (start + i * step).ToString().PadLeft(width, '0'))];
    }

    static bool IsNumber(string text, out long number) => long.TryParse(text, System.Globalization.NumberStyles.None, null, out number);

    static IEnumerable<string> Matching(string path)
    {
        string folder = Path.GetDirectoryName(path) is { Length: > 0 } named ? named : ".", name = Path.GetFileName(path);
        return Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder).Where(file => FileSystemName.MatchesSimpleExpression(name, Path.GetFileName(file), ignoreCase: false))
            : [];
    }

    static DataException TooMany(string text) => new($"{text}: names more than {Most} files; shorten the range.");
}

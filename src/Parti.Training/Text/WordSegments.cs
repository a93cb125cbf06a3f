using System.Globalization;
using System.Text;

namespace Parti.Training.Text;

/// <summary>Cuts words into stretches inside which pairs may merge.</summary>
static class WordSegments
{
    enum CharacterClass
    {
        Uncovered,
        Letter,
        Digit,
        Other,
    }

    /// <summary>Segments with their counts, each a list of characters, in ordinal order of the text so that training does not depend on hash order.</summary>
    internal static IReadOnlyList<(string[] Characters, long Count)> Of(IReadOnlyDictionary<string, long> words, IReadOnlyCollection<Rune> alphabet)
    {
        HashSet<Rune> covered = [.. alphabet];
        Dictionary<string, long> segments = new(StringComparer.Ordinal);
        foreach ((string word, long count) in words)
        {
            foreach (string segment in Cut(word, covered))
            {
                segments[segment] = segments.GetValueOrDefault(segment) + count;
            }
        }
        return
        [
            .. segments.OrderBy(s => s.Key, StringComparer.Ordinal)
                .Select(s => (s.Key.EnumerateRunes().Select(r => r.ToString()).ToArray(), s.Value)),
        ];
    }

    static IEnumerable<string> Cut(string word, HashSet<Rune> covered)
    {
        StringBuilder segment = new();
        segment.Append(SentencePieceTrainer.WordMark);
        CharacterClass? current = null;
        foreach (Rune rune in word.EnumerateRunes())
        {
            CharacterClass next = Classify(rune, covered);
            // The word mark joins whatever covered character follows it.
            bool boundary = current is null ? next == CharacterClass.Uncovered : next != current;
            current = next;
            if (boundary && segment.Length > 0)
            {
                yield return segment.ToString();
                segment.Clear();
            }
            if (next != CharacterClass.Uncovered)
            {
                segment.Append(rune.ToString());
            }
        }
        if (segment.Length > 0)
        {
            yield return segment.ToString();
        }
    }

    static CharacterClass Classify(Rune rune, HashSet<Rune> covered) =>
        !covered.Contains(rune) ? CharacterClass.Uncovered
        : Rune.IsLetter(rune) || IsMark(rune) ? CharacterClass.Letter
        : Rune.IsDigit(rune) ? CharacterClass.Digit
        : CharacterClass.Other;

    // A combining mark belongs to the letter before it.
    static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
}

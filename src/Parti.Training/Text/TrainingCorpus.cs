using System.Text;
using Parti.Models.Text;

namespace Parti.Training.Text;

/// <summary>What training needs of a corpus: its words, each with its count, and its characters.</summary>
sealed class TrainingCorpus
{
    readonly Dictionary<string, long> _words = new(StringComparer.Ordinal);

    /// <summary>Counts the words of a corpus, read once.</summary>
    /// <exception cref="ArgumentException">No line that is short enough holds text.</exception>
    internal TrainingCorpus(IEnumerable<string> lines, SentencePieceTrainerOptions options, CancellationToken cancellationToken)
    {
        var lookup = _words.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string line in lines)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (line.Length > options.MaxLineLength)
            {
                SkippedLines++;
                continue;
            }
            ReadOnlySpan<char> text = TextNormalizer.Normalize(line, options.LowerCase);
            foreach (Range range in text.Split(' '))
            {
                ReadOnlySpan<char> word = text[range];
                if (word.Length > 0)
                {
                    lookup[word] = lookup.TryGetValue(word, out long count) ? count + 1 : 1;
                }
            }
        }
        if (_words.Count == 0)
        {
            string way = SkippedLines > 0
                ? $" in lines of at most {options.MaxLineLength} characters; raise {nameof(options.MaxLineLength)}, which passed over {SkippedLines}"
                : "; give it lines with words";
            throw new ArgumentException($"The corpus holds no text{way}.", nameof(lines));
        }
    }

    /// <summary>Lines that were longer than allowed.</summary>
    internal long SkippedLines { get; }

    /// <summary>Characters by falling count until they cover the share that is asked for.</summary>
    /// <param name="coverage">Above 0 to 1.</param>
    internal IReadOnlyList<Rune> Alphabet(double coverage)
    {
        var mark = new Rune(SentencePieceTrainer.WordMark);
        Dictionary<Rune, long> counts = new() { [mark] = _words.Values.Sum() };
        foreach ((string word, long count) in _words)
        {
            foreach (Rune rune in word.EnumerateRunes())
            {
                counts[rune] = counts.GetValueOrDefault(rune) + count;
            }
        }
        double wanted = coverage * counts.Values.Sum();
        List<Rune> alphabet = [];
        long covered = 0;
        foreach ((Rune rune, long count) in counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key.Value))
        {
            if (covered >= wanted)
            {
                break;
            }
            covered += count;
            alphabet.Add(rune);
        }
        // A word cannot begin without its mark, however rare words are.
        return alphabet.Contains(mark) ? alphabet : [.. alphabet, mark];
    }

    /// <summary>The stretches inside which pieces may lie, see <see cref="WordSegments"/>.</summary>
    internal IReadOnlyList<(string[] Characters, long Count)> Segments(IReadOnlyCollection<Rune> alphabet) => WordSegments.Of(_words, alphabet);
}

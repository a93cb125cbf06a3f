using System.Text;
using Parti.Models.Text;

namespace Parti.Training.Text;

/// <summary>
/// Trains a byte-pair encoding on word counts and gives it as a SentencePiece model.
/// The same corpus and options give the same bytes: counts decide, ties go to the ordinally smaller pair.
/// </summary>
/// <remarks>
/// Layout of the ids: 0 padding, 1 end of sequence, 2 unknown, 3 beginning of sequence, then 256 bytes (optional),
/// then merges in the order they were learned, then characters by falling count.
/// A word begins with ▁ (U+2581), which stands for the blank before it. No piece mixes letters, digits and other characters.
/// </remarks>
public static class SentencePieceTrainer
{
    internal const char WordMark = '\u2581';

    /// <summary>Trains on a corpus, read once.</summary>
    /// <param name="corpus">Lines of text; normalised by <see cref="TextNormalizer"/>.</param>
    /// <param name="options">Sizes; the defaults suit a small English vocabulary.</param>
    /// <param name="cancellationToken">Stops between lines and merges.</param>
    /// <exception cref="ArgumentException">An option is out of range, the corpus is empty, or its characters alone exceed the vocabulary.</exception>
    public static SentencePieceModel Train(
        IEnumerable<string> corpus, SentencePieceTrainerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Dictionary<string, long> words = CountWords(corpus, options.LowerCase, cancellationToken);
        IReadOnlyList<Rune> alphabet = Alphabet(words, options.CharacterCoverage);
        List<SentencePiece> pieces = ReservedPieces(options.ByteFallback);
        int merges = options.VocabularySize - pieces.Count - alphabet.Count;
        if (merges < 0)
        {
            throw new ArgumentException(
                $"{nameof(options.VocabularySize)} is {options.VocabularySize} but {pieces.Count} reserved pieces and {alphabet.Count} characters " +
                $"need at least {pieces.Count + alphabet.Count}; raise it or lower {nameof(options.CharacterCoverage)}.", nameof(options));
        }
        PairMerger merger = new(WordSegments.Of(words, alphabet), options.MaxPieceLength, options.MinPairCount);
        IReadOnlyList<string> learned = merger.Learn(merges, cancellationToken);
        int rank = 0;
        pieces.AddRange(learned.Select(piece => new SentencePiece(piece, -rank++, PieceKind.Normal)));
        pieces.AddRange(alphabet.Select(rune => new SentencePiece(rune.ToString(), -rank++, PieceKind.Normal)));
        return new SentencePieceModel(pieces, options);
    }

    static Dictionary<string, long> CountWords(IEnumerable<string> corpus, bool lowerCase, CancellationToken cancellationToken)
    {
        Dictionary<string, long> words = new(StringComparer.Ordinal);
        var lookup = words.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string line in corpus)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlySpan<char> text = TextNormalizer.Normalize(line, lowerCase);
            foreach (Range range in text.Split(' '))
            {
                ReadOnlySpan<char> word = text[range];
                if (word.Length > 0)
                {
                    lookup[word] = lookup.TryGetValue(word, out long count) ? count + 1 : 1;
                }
            }
        }
        return words.Count > 0 ? words : throw new ArgumentException("The corpus holds no text.", nameof(corpus));
    }

    static List<Rune> Alphabet(Dictionary<string, long> words, double coverage)
    {
        Dictionary<Rune, long> counts = new() { [new Rune(WordMark)] = words.Values.Sum() };
        foreach ((string word, long count) in words)
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
        if (!alphabet.Contains(new Rune(WordMark)))
        {
            alphabet.Add(new Rune(WordMark));
        }
        return alphabet;
    }

    static List<SentencePiece> ReservedPieces(bool byteFallback)
    {
        List<SentencePiece> pieces =
        [
            new("<pad>", 0, PieceKind.Control),
            new("</s>", 0, PieceKind.Control),
            new("<unk>", 0, PieceKind.Unknown),
            new("<s>", 0, PieceKind.Control),
        ];
        if (byteFallback)
        {
            pieces.AddRange(Enumerable.Range(0, 256).Select(b => new SentencePiece($"<0x{b:X2}>", 0, PieceKind.Byte)));
        }
        return pieces;
    }
}

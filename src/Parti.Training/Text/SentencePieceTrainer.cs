using System.Text;
using Parti.Models.Text;

namespace Parti.Training.Text;

/// <summary>
/// Trains a vocabulary of pieces on word counts, by byte-pair merges (<see cref="PairMerger"/>) or as a unigram language model
/// (<see cref="UnigramLearner"/>), and gives it as a SentencePiece model. The same corpus and options give the same bytes, in whatever order
/// the lines come: ties go to the ordinally smaller text.
/// </summary>
/// <remarks>
/// Layout of the ids: the special pieces (0 padding, 1 end of sequence, 2 unknown, 3 beginning of sequence unless asked otherwise), then
/// 256 bytes (optional), then the learned pieces, for BPE in the order of their merges and then characters by falling count, for Unigram
/// all by falling score.
/// A word begins with ▁ (U+2581), which stands for the blank before it. No piece mixes letters, digits and other characters.
/// </remarks>
public static class SentencePieceTrainer
{
    internal const char WordMark = '\u2581';

    /// <summary>Trains on a corpus, read once.</summary>
    /// <param name="corpus">Lines of text; normalised by <see cref="TextNormalizer"/>.</param>
    /// <param name="options">Algorithm and sizes; the defaults suit a small English vocabulary.</param>
    /// <param name="cancellationToken">Stops between lines, merges and passes.</param>
    /// <exception cref="ArgumentException">
    /// An option is out of range, the corpus is empty, its characters alone exceed the vocabulary, or it has too few stretches for a vocabulary
    /// that must be reached.
    /// </exception>
    public static SentencePieceModel Train(
        IEnumerable<string> corpus, SentencePieceTrainerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        TrainingCorpus text = new(corpus, options, cancellationToken);
        IReadOnlyList<Rune> alphabet = text.Alphabet(options.CharacterCoverage);
        List<SentencePiece> pieces = ReservedPieces(options);
        int least = pieces.Count + alphabet.Count, room = options.VocabularySize - least;
        if (room < 0)
        {
            throw new ArgumentException(
                $"{nameof(options.VocabularySize)} is {options.VocabularySize} but {pieces.Count} reserved pieces and {alphabet.Count} characters " +
                $"need at least {least}; raise it or lower {nameof(options.CharacterCoverage)}.", nameof(options));
        }
        IReadOnlyList<(string[] Characters, long Count)> segments = text.Segments(alphabet);
        IReadOnlyList<SentencePiece> learned = options.Algorithm == SentencePieceAlgorithm.Unigram
            ? UnigramPieces(segments, alphabet, room, options, cancellationToken)
            : BpePieces(segments, alphabet, room, options, cancellationToken);
        pieces.AddRange(learned);
        if (options.ExactSize && pieces.Count < options.VocabularySize)
        {
            throw new ArgumentException(
                $"{nameof(options.VocabularySize)} is {options.VocabularySize} but this corpus gives {least} to {pieces.Count} pieces; lower it, give " +
                $"more text, raise {nameof(options.MaxPieceLength)} or lower {nameof(options.MinPairCount)}.", nameof(options));
        }
        return new SentencePieceModel(pieces, text.SkippedLines, options);
    }

    static List<SentencePiece> BpePieces(
        IReadOnlyList<(string[] Characters, long Count)> segments, IReadOnlyList<Rune> alphabet, int room, SentencePieceTrainerOptions options,
        CancellationToken cancellationToken)
    {
        PairMerger merger = new(segments, options.MaxPieceLength, options.MinPairCount);
        IEnumerable<string> texts = merger.Learn(room, cancellationToken).Concat(alphabet.Select(rune => rune.ToString()));
        return [.. texts.Select((text, rank) => new SentencePiece(text, -rank, PieceKind.Normal))];
    }

    static List<SentencePiece> UnigramPieces(
        IReadOnlyList<(string[] Characters, long Count)> segments, IReadOnlyList<Rune> alphabet, int room, SentencePieceTrainerOptions options,
        CancellationToken cancellationToken)
    {
        UnigramLearner learner = new(segments, alphabet, options);
        return [.. learner.Learn(room, cancellationToken).Select(piece => new SentencePiece(piece.Text, (float)piece.Score, PieceKind.Normal))];
    }

    static List<SentencePiece> ReservedPieces(SentencePieceTrainerOptions options)
    {
        List<SentencePiece> pieces = [.. options.SpecialPieces()];
        if (options.ByteFallback)
        {
            pieces.AddRange(Enumerable.Range(0, 256).Select(b => new SentencePiece($"<0x{b:X2}>", 0, PieceKind.Byte)));
        }
        return pieces;
    }
}

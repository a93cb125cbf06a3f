using Parti.Models.Text;

namespace Parti.Training.Text;

/// <summary>What a tokenizer is trained to.</summary>
public sealed record SentencePieceTrainerOptions
{
    /// <summary>How the vocabulary is learned and text is cut with it: Bpe or Unigram, default Bpe. The paper (§2.2) does not say which.</summary>
    public SentencePieceAlgorithm Algorithm { get; init; } = SentencePieceAlgorithm.Bpe;

    /// <summary>Most pieces, 4 control pieces and the 256 byte pieces included: 8 to 262,144, default 1,024 (Parti: 16,000).</summary>
    public int VocabularySize { get; init; } = 1024;

    /// <summary>
    /// Whether <see cref="VocabularySize"/> must be reached. Default false: a corpus that has not as many stretches worth a piece gives fewer
    /// pieces. True refuses it and says how many there are.
    /// </summary>
    public bool ExactSize { get; init; }

    /// <summary>Share of the corpus' characters that get a piece of their own, above 0 to 1, default 0.9995; the others are spelt in bytes.</summary>
    public double CharacterCoverage { get; init; } = 0.9995;

    /// <summary>Whether 256 byte pieces are included, so that any text can be encoded. Default true; without them an unseen character is unknown.</summary>
    public bool ByteFallback { get; init; } = true;

    /// <summary>Longest piece in characters, word mark included: 1 to 64, default 16.</summary>
    public int MaxPieceLength { get; init; } = 16;

    /// <summary>A stretch of several characters seen less often than this gets no piece: at least 1, default 2.</summary>
    public long MinPairCount { get; init; } = 2;

    /// <summary>Longest line of the corpus in UTF-16 units: 1 to 1,048,576, default 4,192. Longer ones are passed over and counted.</summary>
    public int MaxLineLength { get; init; } = 4192;

    /// <summary>Unigram only: most pieces that training begins with, the likeliest stretches of the corpus: 1,024 to 16,777,216, default 1,000,000.</summary>
    public int SeedSize { get; init; } = 1_000_000;

    /// <summary>Whether the corpus is lower-cased; the tokenizer must then be loaded the same way. Default true.</summary>
    public bool LowerCase { get; init; } = true;

    /// <summary>Id of padding, default 0. The ids of padding, end, unknown and beginning are 0, 1, 2 and so on in any order.</summary>
    public int PadId { get; init; }

    /// <summary>Id of end-of-sequence, default 1.</summary>
    public int EosId { get; init; } = 1;

    /// <summary>Id of unknown text, default 2.</summary>
    public int UnkId { get; init; } = 2;

    /// <summary>Id of beginning-of-sequence, default 3; null for a vocabulary without it, which is the common layout of text-to-text models.</summary>
    public int? BosId { get; init; } = 3;

    /// <summary>The control pieces and the unknown piece by id.</summary>
    internal IReadOnlyList<SentencePiece> SpecialPieces()
    {
        List<(int Id, SentencePiece Piece)> pieces =
        [
            (PadId, new("<pad>", 0, PieceKind.Control)),
            (EosId, new("</s>", 0, PieceKind.Control)),
            (UnkId, new("<unk>", 0, PieceKind.Unknown)),
        ];
        if (BosId is int bos)
        {
            pieces.Add((bos, new("<s>", 0, PieceKind.Control)));
        }
        return [.. pieces.OrderBy(p => p.Id).Select(p => p.Piece)];
    }

    internal void Validate()
    {
        Require(Algorithm is SentencePieceAlgorithm.Bpe or SentencePieceAlgorithm.Unigram, nameof(Algorithm), Algorithm, "Bpe or Unigram");
        Require(VocabularySize is >= 8 and <= 262_144, nameof(VocabularySize), VocabularySize, "8 to 262144");
        Require(CharacterCoverage is > 0 and <= 1, nameof(CharacterCoverage), CharacterCoverage, "above 0 to 1");
        Require(MaxPieceLength is >= 1 and <= 64, nameof(MaxPieceLength), MaxPieceLength, "1 to 64");
        Require(MinPairCount >= 1, nameof(MinPairCount), MinPairCount, "1 or more");
        Require(MaxLineLength is >= 1 and <= 1 << 20, nameof(MaxLineLength), MaxLineLength, "1 to 1048576");
        Require(SeedSize is >= 1024 and <= 1 << 24, nameof(SeedSize), SeedSize, "1024 to 16777216");
        int[] ids = [PadId, EosId, UnkId, .. BosId is int bos ? [bos] : Array.Empty<int>()];
        Require(
            ids.Order().SequenceEqual(Enumerable.Range(0, ids.Length)), $"{nameof(PadId)}, {nameof(EosId)}, {nameof(UnkId)}, {nameof(BosId)}",
            string.Join(", ", ids), $"0 to {ids.Length - 1}, each once");
    }

    static void Require(bool holds, string name, object value, string range)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {range}.");
        }
    }
}

namespace Parti.Training.Text;

/// <summary>What a tokenizer is trained to.</summary>
public sealed record SentencePieceTrainerOptions
{
    /// <summary>
    /// Most pieces, 4 control pieces and the 256 byte pieces included: 8 to 262,144, default 1,024 (Parti: 16,000).
    /// A corpus with fewer merges gives fewer pieces.
    /// </summary>
    public int VocabularySize { get; init; } = 1024;

    /// <summary>Share of the corpus' characters that get a piece of their own, above 0 to 1, default 0.9995; the others are spelt in bytes.</summary>
    public double CharacterCoverage { get; init; } = 0.9995;

    /// <summary>Whether 256 byte pieces are included, so that any text can be encoded. Default true; without them an unseen character is unknown.</summary>
    public bool ByteFallback { get; init; } = true;

    /// <summary>Longest piece in characters, word mark included: 1 to 64, default 16.</summary>
    public int MaxPieceLength { get; init; } = 16;

    /// <summary>A pair of pieces seen less often than this is not merged: at least 1, default 2.</summary>
    public long MinPairCount { get; init; } = 2;

    /// <summary>Whether the corpus is lower-cased; the tokenizer must then be loaded the same way. Default true.</summary>
    public bool LowerCase { get; init; } = true;

    internal void Validate()
    {
        Require(VocabularySize is >= 8 and <= 262_144, nameof(VocabularySize), VocabularySize, "8 to 262144");
        Require(CharacterCoverage is > 0 and <= 1, nameof(CharacterCoverage), CharacterCoverage, "above 0 to 1");
        Require(MaxPieceLength is >= 1 and <= 64, nameof(MaxPieceLength), MaxPieceLength, "1 to 64");
        Require(MinPairCount >= 1, nameof(MinPairCount), MinPairCount, "1 or more");
    }

    static void Require(bool holds, string name, object value, string range)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {range}.");
        }
    }
}

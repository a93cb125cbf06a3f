namespace Parti.Models.Text;

/// <summary>How a SentencePiece model cuts text; the numbers are those of the format.</summary>
public enum SentencePieceAlgorithm
{
    /// <summary>The likeliest of all ways to cut the text, each piece having a probability of its own (Kudo 2018).</summary>
    Unigram = 1,

    /// <summary>Byte-pair encoding: characters merged pair by pair, in the order in which the merges were learned (Sennrich et al. 2016).</summary>
    Bpe = 2,

    /// <summary>Whole words. Neither read nor trained here.</summary>
    Word = 3,

    /// <summary>Single characters. Neither read nor trained here.</summary>
    Character = 4,
}

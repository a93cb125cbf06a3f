namespace Parti.Models.Text;

/// <summary>What a piece stands for; the numbers are those of the SentencePiece format.</summary>
public enum PieceKind
{
    /// <summary>A stretch of text.</summary>
    Normal = 1,

    /// <summary>Any text that no other piece covers.</summary>
    Unknown = 2,

    /// <summary>A mark that no text produces: padding, begin, end.</summary>
    Control = 3,

    /// <summary>A stretch of text that is never split.</summary>
    UserDefined = 4,

    /// <summary>An entry that keeps its id but is not used.</summary>
    Unused = 5,

    /// <summary>One byte of a character that has no piece.</summary>
    Byte = 6,
}

/// <summary>One entry of the vocabulary; its place in the list is its id.</summary>
/// <param name="Text">The text, a blank written as ▁ (U+2581).</param>
/// <param name="Score">BPE: of two possible merges the one whose result scores higher comes first. Unigram: logarithm of the probability.</param>
/// <param name="Kind">What the piece stands for.</param>
public sealed record SentencePiece(string Text, float Score, PieceKind Kind);

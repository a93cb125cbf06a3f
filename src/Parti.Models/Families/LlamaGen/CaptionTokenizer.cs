using Parti.Models.Text;

namespace Parti.Models.Families.LlamaGen;

/// <summary>Captions of LlamaGen: cleaned, then cut into the pieces of T5's vocabulary.</summary>
/// <param name="pieces">T5's SentencePiece model; it keeps case.</param>
public sealed class CaptionTokenizer(TextTokenizer pieces) : ITextTokenizer
{
    /// <inheritdoc />
    public int VocabularySize => pieces.VocabularySize;

    /// <inheritdoc />
    public int PadId => pieces.PadId;

    /// <inheritdoc />
    public TextTokens Encode(string text, int maxTokens) => pieces.Encode(CaptionCleaner.Clean(text), maxTokens);
}

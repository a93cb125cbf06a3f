using Microsoft.ML.Tokenizers;

namespace Parti.Models.Text;

/// <summary>
/// Turns a prompt into SentencePiece ids (Parti §2.2: a SentencePiece model in front of the text encoder).
/// Ids carry no beginning-of-sequence token and end with end-of-sequence. Safe for concurrent use.
/// </summary>
public sealed class TextTokenizer
{
    /// <summary>
    /// UTF-16 units of a text that are read, 16,384. What follows is ignored, so that a text of megabytes costs
    /// no more than one of this length; far above what any model of the family reads (128 tokens).
    /// </summary>
    public const int CharacterLimit = 16_384;

    readonly SentencePieceTokenizer pieces;
    readonly bool lowerCase;

    TextTokenizer(SentencePieceTokenizer pieces, bool lowerCase, int? padId)
    {
        this.pieces = pieces;
        this.lowerCase = lowerCase;
        VocabularySize = pieces.Vocabulary.Values.Max() + 1;
        EosId = pieces.EndOfSentenceId;
        PadId = padId ?? 0;
    }

    /// <summary>Number of ids; every id is in 0 to <c>VocabularySize - 1</c>.</summary>
    public int VocabularySize { get; }

    /// <summary>The id that fills a row up to its fixed length: the piece <c>&lt;pad&gt;</c>, 0 if the model has none.</summary>
    public int PadId { get; }

    /// <summary>The id that ends every text.</summary>
    public int EosId { get; }

    /// <summary>Loads a SentencePiece model file, BPE or Unigram.</summary>
    /// <param name="path">A <c>.model</c> file.</param>
    /// <param name="lowerCase">Whether texts are lower-cased first; must be what the model was trained with.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is no SentencePiece model that can be used; the message names it.</exception>
    public static TextTokenizer Load(string path, bool lowerCase)
    {
        using FileStream file = File.OpenRead(path);
        return Load(file, lowerCase, path);
    }

    /// <summary>Loads a SentencePiece model from a stream.</summary>
    /// <param name="model">The bytes of a <c>.model</c> file; not closed.</param>
    /// <param name="lowerCase">Whether texts are lower-cased first; must be what the model was trained with.</param>
    /// <param name="name">What error messages call the model.</param>
    /// <exception cref="InvalidDataException">The bytes are no SentencePiece model that can be used.</exception>
    public static TextTokenizer Load(Stream model, bool lowerCase, string name = "tokenizer")
    {
        SentencePieceTokenizer pieces = Parse(model, name);
        return new TextTokenizer(pieces, lowerCase, pieces.Vocabulary.TryGetValue("<pad>", out int pad) ? pad : null);
    }

    /// <summary>Encodes a text.</summary>
    /// <param name="text">Any text; normalised by <see cref="TextNormalizer"/> first. Only the first <see cref="CharacterLimit"/> units are read.</param>
    /// <param name="maxTokens">Most ids to return, end-of-sequence included; at least 1.</param>
    /// <returns>1 to <paramref name="maxTokens"/> ids; an empty text gives end-of-sequence alone.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxTokens"/> is below 1.</exception>
    public TextTokens Encode(string text, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 1);
        string normalized = Cut(TextNormalizer.Normalize(Cut(text), lowerCase));
        IReadOnlyList<int> all = normalized.Length == 0
            ? []
            : pieces.EncodeToIds(normalized, addBeginningOfSentence: false, addEndOfSentence: false);
        int kept = Math.Min(all.Count, maxTokens - 1);
        int[] ids = new int[kept + 1];
        for (int i = 0; i < kept; i++)
        {
            ids[i] = all[i];
        }
        ids[kept] = EosId;
        return new TextTokens(ids, all.Count - kept);
    }

    static string Cut(string text)
    {
        if (text.Length <= CharacterLimit)
        {
            return text;
        }
        // Half a surrogate pair would become a replacement character that the text does not hold.
        bool splitsPair = char.IsHighSurrogate(text[CharacterLimit - 1]) && char.IsLowSurrogate(text[CharacterLimit]);
        return text[..(splitsPair ? CharacterLimit - 1 : CharacterLimit)];
    }

    static SentencePieceTokenizer Parse(Stream model, string name)
    {
        SentencePieceTokenizer pieces;
        try
        {
            pieces = SentencePieceTokenizer.Create(model, addBeginningOfSentence: false, addEndOfSentence: false, specialTokens: null);
        }
        // The parser has no error type of its own: a damaged file surfaces as whatever its first wrong field breaks.
        catch (Exception error) when (error is not IOException and not OutOfMemoryException)
        {
            throw new InvalidDataException($"{name} is not a SentencePiece model that can be used: {error.Message}", error);
        }
        if (pieces.EndOfSentenceId < 0 || pieces.EndOfSentenceId >= pieces.Vocabulary.Count)
        {
            throw new InvalidDataException($"{name} has no end-of-sequence piece; train it with one (eos_id 1).");
        }
        return pieces;
    }
}

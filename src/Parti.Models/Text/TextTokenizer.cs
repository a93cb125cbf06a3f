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

    /// <summary>Longest model file that is read, in bytes: 64 MiB, some ten times the largest published vocabulary.</summary>
    public const int FileLimit = 64 << 20;

    readonly Func<string, IReadOnlyList<int>> encode;
    readonly bool lowerCase;

    TextTokenizer(SentencePieceFile model, Func<string, IReadOnlyList<int>> encode, bool lowerCase)
    {
        this.encode = encode;
        this.lowerCase = lowerCase;
        VocabularySize = model.Pieces.Count;
        EosId = model.EndId;
        PadId = Math.Max(model.PadId, 0);
    }

    /// <summary>Number of ids; every id is in 0 to <c>VocabularySize - 1</c>.</summary>
    public int VocabularySize { get; }

    /// <summary>The id that fills a row up to its fixed length; 0 if the model names none.</summary>
    public int PadId { get; }

    /// <summary>The id that ends every text.</summary>
    public int EosId { get; }

    /// <summary>Loads a SentencePiece model file, BPE or Unigram.</summary>
    /// <param name="path">A <c>.model</c> file of at most <see cref="FileLimit"/> bytes.</param>
    /// <param name="lowerCase">Whether texts are lower-cased first; must be what the model was trained with.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is no SentencePiece model that can be used; the message names it and says why.</exception>
    public static TextTokenizer Load(string path, bool lowerCase)
    {
        using FileStream file = File.OpenRead(path);
        if (file.Length > FileLimit)
        {
            throw new InvalidDataException($"{path} has {file.Length} bytes; a SentencePiece model has at most {FileLimit}.");
        }
        byte[] model = new byte[file.Length];
        file.ReadExactly(model);
        return Load(model, lowerCase, path);
    }

    /// <summary>Loads a SentencePiece model from memory.</summary>
    /// <param name="model">The bytes of a <c>.model</c> file.</param>
    /// <param name="lowerCase">Whether texts are lower-cased first; must be what the model was trained with.</param>
    /// <param name="name">What error messages call the model.</param>
    /// <exception cref="InvalidDataException">The bytes are no SentencePiece model that can be used; the message says why.</exception>
    public static TextTokenizer Load(byte[] model, bool lowerCase, string name = "tokenizer")
    {
        ArgumentNullException.ThrowIfNull(model);
        try
        {
            SentencePieceFile file = SentencePieceFile.Parse(model);
            if (file.TreatsBlankAsSuffix)
            {
                throw new InvalidDataException("it marks words at their end, which is not supported");
            }
            return new TextTokenizer(file, Encoder(file, model), lowerCase);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{name} is not a SentencePiece model that can be used: {error.Message}.", error);
        }
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
        // Cut twice: one compatibility character can normalise to eighteen.
        string normalized = Cut(TextNormalizer.Normalize(Cut(text), lowerCase));
        IReadOnlyList<int> all = normalized.Length == 0 ? [] : encode(normalized);
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

    static Func<string, IReadOnlyList<int>> Encoder(SentencePieceFile file, byte[] model)
    {
        switch (file.Algorithm)
        {
            case SentencePieceAlgorithm.Bpe:
                BpeEncoder bpe = new(file);
                string prefix = file.AddsDummyPrefix ? "\u2581" : "";
                return text => bpe.Encode(prefix + text.Replace(' ', '\u2581'));
            case SentencePieceAlgorithm.Unigram:
                SentencePieceTokenizer unigram = Unigram(model);
                return text => unigram.EncodeToIds(text, addBeginningOfSentence: false, addEndOfSentence: false);
            default:
                throw new InvalidDataException($"its algorithm is {file.Algorithm}; BPE and Unigram are supported");
        }
    }

    static SentencePieceTokenizer Unigram(byte[] model)
    {
        try
        {
            using MemoryStream stream = new(model, writable: false);
            return SentencePieceTokenizer.Create(stream, addBeginningOfSentence: false, addEndOfSentence: false, specialTokens: null);
        }
        catch (IndexOutOfRangeException error)
        {
            throw new InvalidDataException("a Unigram model must have a beginning-of-sequence piece (bos_id 0 or more)", error);
        }
        // The parser has no error type of its own: a damaged file surfaces as whatever its first wrong field breaks.
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            throw new InvalidDataException(error.Message, error);
        }
    }
}

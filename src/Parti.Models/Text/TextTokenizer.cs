namespace Parti.Models.Text;

/// <summary>
/// Turns a prompt into SentencePiece ids (Parti §2.2: a SentencePiece model in front of the text encoder).
/// Ids carry no beginning-of-sequence token and end with end-of-sequence. Safe for concurrent use.
/// </summary>
/// <remarks>
/// Reads the published format itself and gives the reference implementation's ids. The obvious package, Microsoft.ML.Tokenizers 2.0.1,
/// does not: it merges runs of one character ("sss") in another order, drops a text of one character without a piece,
/// gives wrong ids for Unigram with byte fallback and one unknown id per character instead of one per run.
/// </remarks>
public sealed class TextTokenizer : ITextTokenizer
{
    /// <summary>
    /// UTF-16 units of a text that are read, 16,384. What follows is ignored, so that a text of megabytes costs
    /// no more than one of this length; far above what any model of the family reads (128 tokens).
    /// </summary>
    public const int CharacterLimit = 16_384;

    /// <summary>Longest model file that is read, in bytes: 64 MiB, some ten times the largest published vocabulary.</summary>
    public const int FileLimit = 64 << 20;

    const char WordMark = '\u2581';

    readonly IPieceEncoder encoder;
    readonly string prefix;
    readonly bool lowerCase;

    TextTokenizer(SentencePieceFile model, IPieceEncoder encoder, bool lowerCase)
    {
        this.encoder = encoder;
        prefix = model.AddsDummyPrefix ? WordMark.ToString() : "";
        this.lowerCase = lowerCase;
        Vocabulary = [.. model.Pieces.Select(piece => piece.Text)];
        EosId = model.EndId;
        PadId = Math.Max(model.PadId, 0);
        UnkId = model.UnknownId;
    }

    /// <summary>The pieces by their ids, blanks as U+2581.</summary>
    public IReadOnlyList<string> Vocabulary { get; }

    /// <summary>Number of ids; every id is in 0 to <c>VocabularySize - 1</c>.</summary>
    public int VocabularySize => Vocabulary.Count;

    /// <summary>The id that fills a row up to its fixed length; 0 if the model names none.</summary>
    public int PadId { get; }

    /// <summary>The id that ends every text.</summary>
    public int EosId { get; }

    /// <summary>The id of text that no piece covers; a model with byte pieces gives it to no text.</summary>
    public int UnkId { get; }

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
            return new TextTokenizer(file, Encoder(file), lowerCase);
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
        List<int> all = Pieces(Normalized(text));
        int kept = Math.Min(all.Count, maxTokens - 1);
        return new TextTokens([.. all[..kept], EosId], all.Count - kept);
    }

    /// <inheritdoc />
    /// <remarks>Null where a piece spans words, which a vocabulary trained in the usual way has none of.</remarks>
    public IReadOnlyList<TextWord>? Words(string text, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 1);
        string normalized = Normalized(text);
        (List<TextWord> words, List<int> ids) = TextWord.Collect(
            normalized.Split(' ', StringSplitOptions.RemoveEmptyEntries), (i, word) => encoder.Encode((i == 0 ? prefix : WordMark.ToString()) + word));
        return ids.SequenceEqual(Pieces(normalized)) ? [.. words.Where(word => word.First + word.Count < maxTokens)] : null;
    }

    // Cut twice: one compatibility character can normalise to eighteen.
    string Normalized(string text) => Cut(TextNormalizer.Normalize(Cut(text), lowerCase));

    List<int> Pieces(string normalized) => normalized.Length == 0 ? [] : encoder.Encode(prefix + normalized.Replace(' ', WordMark));

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

    static IPieceEncoder Encoder(SentencePieceFile file) => file.Algorithm switch
    {
        SentencePieceAlgorithm.Bpe => new BpeEncoder(new PieceTable(file)),
        SentencePieceAlgorithm.Unigram => new UnigramEncoder(new PieceTable(file)),
        _ => throw new InvalidDataException($"its algorithm is {file.Algorithm}; BPE and Unigram are supported"),
    };
}

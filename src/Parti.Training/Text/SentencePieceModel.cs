namespace Parti.Training.Text;

/// <summary>What a piece stands for; the numbers are those of the SentencePiece format.</summary>
public enum PieceKind
{
    /// <summary>A stretch of text.</summary>
    Normal = 1,

    /// <summary>Any text that no other piece covers.</summary>
    Unknown = 2,

    /// <summary>A mark that no text produces: padding, begin, end.</summary>
    Control = 3,

    /// <summary>One byte of a character that has no piece.</summary>
    Byte = 6,
}

/// <summary>One entry of the vocabulary; its place in the list is its id.</summary>
/// <param name="Text">The text, a blank written as ▁ (U+2581).</param>
/// <param name="Score">Merge priority: of two possible merges the one whose result scores higher comes first.</param>
/// <param name="Kind">What the piece stands for.</param>
public sealed record SentencePiece(string Text, float Score, PieceKind Kind);

/// <summary>A trained vocabulary, written in the SentencePiece <c>.model</c> format.</summary>
public sealed class SentencePieceModel
{
    readonly SentencePieceTrainerOptions options;

    internal SentencePieceModel(IReadOnlyList<SentencePiece> pieces, SentencePieceTrainerOptions options)
    {
        Pieces = pieces;
        this.options = options;
    }

    /// <summary>The vocabulary by id.</summary>
    public IReadOnlyList<SentencePiece> Pieces { get; }

    /// <summary>The bytes of the <c>.model</c> file; the same for the same corpus and options.</summary>
    public byte[] ToBytes() => SentencePieceProto.Serialize(Pieces, options);

    /// <summary>Writes the <c>.model</c> file; a file of that name is replaced at once, never half.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path)
    {
        string temporary = path + ".tmp";
        using (FileStream file = File.Create(temporary))
        {
            file.Write(ToBytes());
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }
}

using Parti.Models.Checkpoints;
using Parti.Models.Text;

namespace Parti.Training.Text;

/// <summary>A trained vocabulary, written in the SentencePiece <c>.model</c> format.</summary>
public sealed class SentencePieceModel
{
    readonly SentencePieceTrainerOptions options;

    internal SentencePieceModel(IReadOnlyList<SentencePiece> pieces, long skippedLines, SentencePieceTrainerOptions options)
    {
        Pieces = pieces;
        SkippedLines = skippedLines;
        this.options = options;
    }

    /// <summary>The vocabulary by id.</summary>
    public IReadOnlyList<SentencePiece> Pieces { get; }

    /// <summary>Lines of the corpus that were not read because they are longer than the options allow.</summary>
    public long SkippedLines { get; }

    /// <summary>The bytes of the <c>.model</c> file; the same for the same corpus and options.</summary>
    public byte[] ToBytes() => SentencePieceProto.Serialize(Pieces, options);

    /// <summary>Writes the <c>.model</c> file; a file of that name is replaced at once, never half.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.Write(path, stream => stream.Write(ToBytes()));
}

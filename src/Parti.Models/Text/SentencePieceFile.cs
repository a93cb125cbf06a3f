using System.Text;

namespace Parti.Models.Text;

/// <summary>
/// What is read of a SentencePiece <c>.model</c> file: the protocol buffer message <c>ModelProto</c>, unknown fields skipped.
/// Defaults are those of the format.
/// </summary>
sealed class SentencePieceFile
{
    internal List<SentencePiece> Pieces { get; } = [];

    internal SentencePieceAlgorithm Algorithm { get; private set; } = SentencePieceAlgorithm.Unigram;

    internal bool TreatsBlankAsSuffix { get; private set; }

    internal int UnknownId { get; private set; }

    internal int EndId { get; private set; } = 2;

    internal int PadId { get; private set; } = -1;

    internal bool AddsDummyPrefix { get; private set; } = true;

    /// <summary>Parses the bytes of a file.</summary>
    /// <exception cref="InvalidDataException">The bytes are no such message, or ids point outside the pieces.</exception>
    internal static SentencePieceFile Parse(ReadOnlySpan<byte> bytes)
    {
        SentencePieceFile file = new();
        ProtoReader reader = new(bytes);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1: file.Pieces.Add(Piece(reader.Bytes())); break;
                case 2: file.ReadTrainer(reader.Bytes()); break;
                case 3: file.ReadNormalizer(reader.Bytes()); break;
                default: reader.Skip(); break;
            }
        }
        Require(file.Pieces.Count > 0, "it holds no pieces");
        Require(file.UnknownId >= 0 && file.UnknownId < file.Pieces.Count, $"unk_id {file.UnknownId} is outside its {file.Pieces.Count} pieces");
        Require(file.EndId >= 0 && file.EndId < file.Pieces.Count, $"eos_id {file.EndId} is outside its {file.Pieces.Count} pieces; train it with an end-of-sequence piece");
        Require(file.PadId < file.Pieces.Count, $"pad_id {file.PadId} is outside its {file.Pieces.Count} pieces");
        return file;
    }

    static SentencePiece Piece(ReadOnlySpan<byte> bytes)
    {
        string text = "";
        float score = 0;
        int kind = (int)PieceKind.Normal;
        ProtoReader reader = new(bytes);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1: text = Encoding.UTF8.GetString(reader.Bytes()); break;
                case 2: score = reader.Single(); break;
                case 3: kind = reader.Int32(); break;
                default: reader.Skip(); break;
            }
        }
        Require(text.Length > 0, "a piece is empty");
        Require(!float.IsNaN(score), $"the score of piece \"{text}\" is no number");
        Require(Enum.IsDefined((PieceKind)kind), $"piece \"{text}\" has the unknown type {kind}");
        return new SentencePiece(text, score, (PieceKind)kind);
    }

    void ReadTrainer(ReadOnlySpan<byte> bytes)
    {
        ProtoReader reader = new(bytes);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 3: Algorithm = (SentencePieceAlgorithm)reader.Int32(); break;
                case 24: TreatsBlankAsSuffix = reader.Int32() != 0; break;
                case 40: UnknownId = reader.Int32(); break;
                case 42: EndId = reader.Int32(); break;
                case 43: PadId = reader.Int32(); break;
                default: reader.Skip(); break;
            }
        }
    }

    void ReadNormalizer(ReadOnlySpan<byte> bytes)
    {
        ProtoReader reader = new(bytes);
        while (reader.Next(out int field))
        {
            if (field == 3)
            {
                AddsDummyPrefix = reader.Int32() != 0;
            }
            else
            {
                reader.Skip();
            }
        }
    }

    static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidDataException(otherwise);
        }
    }
}

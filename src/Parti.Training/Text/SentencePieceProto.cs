using System.Buffers.Binary;
using System.Text;
using Parti.Models.Text;

namespace Parti.Training.Text;

/// <summary>Writes the protocol buffer message <c>ModelProto</c> of SentencePiece (field numbers of sentencepiece_model.proto).</summary>
static class SentencePieceProto
{
    const int Varint = 0, Delimited = 2, Fixed32 = 5;

    internal static byte[] Serialize(IReadOnlyList<SentencePiece> pieces, SentencePieceTrainerOptions options)
    {
        using MemoryStream model = new();
        foreach (SentencePiece piece in pieces)
        {
            WriteMessage(model, 1, m =>
            {
                WriteString(m, 1, piece.Text);
                WriteFloat(m, 2, piece.Score);
                WriteInteger(m, 3, (int)piece.Kind);
            });
        }
        WriteMessage(model, 2, m => WriteTrainerSpec(m, pieces.Count, options));
        WriteMessage(model, 3, WriteNormalizerSpec);
        return model.ToArray();
    }

    static void WriteTrainerSpec(MemoryStream spec, int vocabularySize, SentencePieceTrainerOptions options)
    {
        WriteInteger(spec, 3, (int)options.Algorithm);
        WriteInteger(spec, 4, vocabularySize);
        WriteFloat(spec, 10, (float)options.CharacterCoverage);
        if (options.Algorithm == SentencePieceAlgorithm.Unigram)
        {
            WriteInteger(spec, 14, options.SeedSize);
        }
        WriteInteger(spec, 18, options.MaxLineLength);
        WriteInteger(spec, 20, options.MaxPieceLength);
        WriteInteger(spec, 33, options.ExactSize ? 1 : 0);
        WriteInteger(spec, 35, options.ByteFallback ? 1 : 0);
        WriteInteger(spec, 40, options.UnkId);
        WriteInteger(spec, 41, options.BosId ?? -1);
        WriteInteger(spec, 42, options.EosId);
        WriteInteger(spec, 43, options.PadId);
        WriteString(spec, 45, "<unk>");
        WriteString(spec, 46, "<s>");
        WriteString(spec, 47, "</s>");
        WriteString(spec, 48, "<pad>");
    }

    // Text arrives normalised, so a reader only has to mark the blanks.
    static void WriteNormalizerSpec(MemoryStream spec)
    {
        WriteString(spec, 1, "identity");
        WriteInteger(spec, 3, 1);
        WriteInteger(spec, 4, 1);
        WriteInteger(spec, 5, 1);
    }

    static void WriteMessage(MemoryStream stream, int field, Action<MemoryStream> content)
    {
        using MemoryStream message = new();
        content(message);
        WriteVarint(stream, (uint)(field << 3 | Delimited));
        WriteVarint(stream, (uint)message.Length);
        message.WriteTo(stream);
    }

    static void WriteString(MemoryStream stream, int field, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        WriteVarint(stream, (uint)(field << 3 | Delimited));
        WriteVarint(stream, (uint)bytes.Length);
        stream.Write(bytes);
    }

    static void WriteInteger(MemoryStream stream, int field, int value)
    {
        WriteVarint(stream, (uint)(field << 3 | Varint));
        // A negative number is extended to 64 bits, as the format has it.
        WriteVarint(stream, unchecked((ulong)value));
    }

    static void WriteFloat(MemoryStream stream, int field, float value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        WriteVarint(stream, (uint)(field << 3 | Fixed32));
        stream.Write(bytes);
    }

    static void WriteVarint(MemoryStream stream, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            stream.WriteByte((byte)(value | 0x80));
        }
        stream.WriteByte((byte)value);
    }
}

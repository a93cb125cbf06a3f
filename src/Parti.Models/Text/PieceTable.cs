using System.Globalization;
using System.Text;

namespace Parti.Models.Text;

/// <summary>Looks up pieces by their text, and spells what has none: in bytes, or as one unknown id for a whole run where the model has no bytes.</summary>
sealed class PieceTable
{
    readonly Dictionary<string, (int Id, float Score)> pieces = new(StringComparer.Ordinal);
    readonly Dictionary<string, (int Id, float Score)>.AlternateLookup<ReadOnlySpan<char>> lookup;
    readonly int[]? bytes;
    readonly int unknown;

    internal PieceTable(SentencePieceFile model)
    {
        unknown = model.UnknownId;
        int[] found = new int[256];
        Array.Fill(found, -1);
        for (int id = 0; id < model.Pieces.Count; id++)
        {
            SentencePiece piece = model.Pieces[id];
            switch (piece.Kind)
            {
                case PieceKind.Normal: Add(piece, id); break;
                case PieceKind.Byte: found[ByteOf(piece.Text)] = id; break;
                case PieceKind.UserDefined: throw new InvalidDataException($"piece \"{piece.Text}\" is user-defined, which is not supported");
                default: break;
            }
        }
        bytes = Array.TrueForAll(found, id => id >= 0) ? found : null;
        lookup = pieces.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>UTF-16 units of the longest piece.</summary>
    internal int MaxLength { get; private set; }

    /// <summary>Lowest score of a piece; 0 without pieces.</summary>
    internal float MinScore { get; private set; }

    internal bool TryGet(ReadOnlySpan<char> text, out float score)
    {
        bool known = lookup.TryGetValue(text, out (int Id, float Score) piece);
        score = piece.Score;
        return known;
    }

    /// <summary>Turns stretches of a text into ids. A stretch without a piece must be one character.</summary>
    internal List<int> Ids(string text, IEnumerable<Range> stretches)
    {
        List<int> ids = [];
        Span<byte> utf8 = stackalloc byte[4];
        bool afterUnknown = false;
        foreach (Range stretch in stretches)
        {
            ReadOnlySpan<char> symbol = text.AsSpan()[stretch];
            bool known = lookup.TryGetValue(symbol, out (int Id, float Score) piece);
            if (known)
            {
                ids.Add(piece.Id);
            }
            else if (bytes is not null)
            {
                foreach (byte value in utf8[..Encoding.UTF8.GetBytes(symbol, utf8)])
                {
                    ids.Add(bytes[value]);
                }
            }
            else if (!afterUnknown)
            {
                ids.Add(unknown);
            }
            afterUnknown = !known;
        }
        return ids;
    }

    void Add(SentencePiece piece, int id)
    {
        if (!pieces.TryAdd(piece.Text, (id, piece.Score)))
        {
            throw new InvalidDataException($"piece \"{piece.Text}\" is there twice");
        }
        MaxLength = Math.Max(MaxLength, piece.Text.Length);
        MinScore = pieces.Count == 1 ? piece.Score : Math.Min(MinScore, piece.Score);
    }

    static int ByteOf(string piece) =>
        piece.Length == 6 && piece.StartsWith("<0x", StringComparison.Ordinal) && piece[5] == '>'
            && byte.TryParse(piece.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, null, out byte value)
            ? value
            : throw new InvalidDataException($"byte piece \"{piece}\" is not of the form <0x00> to <0xFF>");
}

using System.Text;

namespace Parti.Models.Text;

/// <summary>
/// Byte-pair encoding as SentencePiece does it: characters are merged pair by pair, the pair whose piece scores highest first,
/// the leftmost of equals. What has no piece becomes bytes, or one unknown id for a whole run where the model has no bytes.
/// </summary>
/// <remarks>
/// Microsoft.ML.Tokenizers is not used for this: it merges runs of one character ("sss") in another order than the reference
/// implementation and gives nothing for a text of one character without a piece.
/// </remarks>
sealed class BpeEncoder
{
    readonly Dictionary<string, (int Id, float Score)> pieces = new(StringComparer.Ordinal);
    readonly Dictionary<string, (int Id, float Score)>.AlternateLookup<ReadOnlySpan<char>> lookup;
    readonly int[]? bytes;
    readonly int unknown;

    internal BpeEncoder(SentencePieceFile model)
    {
        unknown = model.UnknownId;
        int[] found = new int[256];
        Array.Fill(found, -1);
        for (int id = 0; id < model.Pieces.Count; id++)
        {
            SentencePiece piece = model.Pieces[id];
            if (piece.Kind is PieceKind.UserDefined or PieceKind.Unused)
            {
                throw new InvalidDataException($"piece \"{piece.Text}\" is {piece.Kind}, which a byte-pair model here cannot have");
            }
            if (piece.Kind == PieceKind.Normal && !pieces.TryAdd(piece.Text, (id, piece.Score)))
            {
                throw new InvalidDataException($"piece \"{piece.Text}\" is there twice");
            }
            if (piece.Kind == PieceKind.Byte)
            {
                found[ByteOf(piece.Text)] = id;
            }
        }
        bytes = Array.TrueForAll(found, id => id >= 0) ? found : null;
        lookup = pieces.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Encodes normalised text whose blanks are already word marks.</summary>
    internal List<int> Encode(string text)
    {
        BpeSymbols symbols = new(text);
        PriorityQueue<(int Left, int Right, int Length), (float Score, int Left)> agenda = new(BestFirst.Shared);
        for (int i = 0; i + 1 < symbols.Count; i++)
        {
            Propose(symbols, i, i + 1, agenda);
        }
        while (agenda.TryDequeue(out (int Left, int Right, int Length) pair, out _))
        {
            // Either half may have merged elsewhere since the pair was proposed.
            if (!symbols.AreNeighbours(pair.Left, pair.Right) || symbols.Joined(pair.Left, pair.Right).Length != pair.Length)
            {
                continue;
            }
            symbols.Join(pair.Left, pair.Right);
            Propose(symbols, symbols.Previous(pair.Left), pair.Left, agenda);
            Propose(symbols, pair.Left, symbols.Next(pair.Left), agenda);
        }
        return Ids(symbols);
    }

    void Propose(BpeSymbols symbols, int left, int right, PriorityQueue<(int, int, int), (float, int)> agenda)
    {
        if (left < 0 || right < 0)
        {
            return;
        }
        ReadOnlySpan<char> joined = symbols.Joined(left, right);
        if (lookup.TryGetValue(joined, out (int Id, float Score) piece))
        {
            agenda.Enqueue((left, right, joined.Length), (piece.Score, left));
        }
    }

    List<int> Ids(BpeSymbols symbols)
    {
        List<int> ids = [];
        Span<byte> utf8 = stackalloc byte[4];
        bool afterUnknown = false;
        for (int i = symbols.Count > 0 ? 0 : -1; i >= 0; i = symbols.Next(i))
        {
            ReadOnlySpan<char> symbol = symbols.Text(i);
            bool known = lookup.TryGetValue(symbol, out (int Id, float Score) piece);
            if (known)
            {
                ids.Add(piece.Id);
            }
            else if (bytes is not null)
            {
                foreach (byte b in utf8[..Encoding.UTF8.GetBytes(symbol, utf8)])
                {
                    ids.Add(bytes[b]);
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

    static int ByteOf(string piece) =>
        piece.Length == 6 && piece.StartsWith("<0x", StringComparison.Ordinal) && piece[5] == '>'
            && byte.TryParse(piece.AsSpan(3, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out byte value)
            ? value
            : throw new InvalidDataException($"byte piece \"{piece}\" is not of the form <0x00> to <0xFF>");

    sealed class BestFirst : IComparer<(float Score, int Left)>
    {
        internal static readonly BestFirst Shared = new();

        public int Compare((float Score, int Left) x, (float Score, int Left) y)
        {
            int byScore = y.Score.CompareTo(x.Score);
            return byScore != 0 ? byScore : x.Left.CompareTo(y.Left);
        }
    }
}

namespace Parti.Models.Text;

/// <summary>
/// Byte-pair encoding as SentencePiece does it: characters are merged pair by pair, the pair whose piece scores highest first,
/// the leftmost of equals.
/// </summary>
sealed class BpeEncoder(PieceTable pieces) : IPieceEncoder
{
    /// <inheritdoc/>
    public List<int> Encode(string text)
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
        return pieces.Ids(text, symbols.Stretches());
    }

    void Propose(BpeSymbols symbols, int left, int right, PriorityQueue<(int, int, int), (float, int)> agenda)
    {
        if (left < 0 || right < 0)
        {
            return;
        }
        ReadOnlySpan<char> joined = symbols.Joined(left, right);
        if (pieces.TryGet(joined, out float score))
        {
            agenda.Enqueue((left, right, joined.Length), (score, left));
        }
    }

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

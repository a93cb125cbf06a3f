namespace Parti.Models.Text.ByteLevel;

/// <summary>
/// Byte-pair encoding by a list of merges (Sennrich et al. 2016): of all neighbours the pair that was learned first is joined, the leftmost
/// of equals, until no pair is left.
/// </summary>
/// <param name="vocabulary">Ids by text.</param>
/// <param name="merges">Pairs in the order in which they were learned.</param>
sealed class PairMerges(IReadOnlyDictionary<string, int> vocabulary, IEnumerable<(string Left, string Right)> merges)
{
    private readonly Dictionary<(int Left, int Right), (int Rank, int Joined)> _ranks = Ranks(vocabulary, merges);

    /// <summary>Appends a word's ids; a character that the vocabulary lacks is left out, as there is no id to give it.</summary>
    /// <param name="word">Characters of the byte alphabet.</param>
    /// <param name="ids">Where they go.</param>
    internal void Encode(string word, List<int> ids)
    {
        Symbols symbols = new([.. word.Select(c => vocabulary.TryGetValue(c.ToString(), out int id) ? id : -1).Where(id => id >= 0)]);
        PriorityQueue<(int Left, int Right, int LeftId, int RightId), (int Rank, int Left)> agenda = new();
        for (int i = 0; i + 1 < symbols.Count; i++)
        {
            Propose(symbols, i, agenda);
        }
        while (agenda.TryDequeue(out var pair, out _))
        {
            // Either half may have been joined elsewhere since the pair was proposed.
            if (symbols.Next(pair.Left) == pair.Right && symbols.Id(pair.Left) == pair.LeftId && symbols.Id(pair.Right) == pair.RightId)
            {
                symbols.Join(pair.Left, _ranks[(pair.LeftId, pair.RightId)].Joined);
                Propose(symbols, symbols.Previous(pair.Left), agenda);
                Propose(symbols, pair.Left, agenda);
            }
        }
        ids.AddRange(symbols.Left());
    }

    private void Propose(Symbols symbols, int left, PriorityQueue<(int, int, int, int), (int, int)> agenda)
    {
        int right = left < 0 ? -1 : symbols.Next(left);
        if (right >= 0 && _ranks.TryGetValue((symbols.Id(left), symbols.Id(right)), out var merge))
        {
            agenda.Enqueue((left, right, symbols.Id(left), symbols.Id(right)), (merge.Rank, left));
        }
    }

    private static Dictionary<(int, int), (int, int)> Ranks(IReadOnlyDictionary<string, int> vocabulary, IEnumerable<(string Left, string Right)> merges)
    {
        Dictionary<(int, int), (int, int)> ranks = [];
        foreach ((string left, string right) in merges)
        {
            if (!vocabulary.TryGetValue(left, out int leftId) || !vocabulary.TryGetValue(right, out int rightId) || !vocabulary.TryGetValue(left + right, out int joined))
            {
                throw new InvalidDataException($"merge \"{left} {right}\" names a piece that is not in the vocabulary");
            }
            ranks.TryAdd((leftId, rightId), (ranks.Count, joined));
        }
        return ranks;
    }

    /// <summary>Ids in a row that join with their neighbours.</summary>
    private sealed class Symbols
    {
        private const int Gone = -2;
        private readonly int[] _ids, _previous, _next;

        internal Symbols(int[] ids)
        {
            _ids = ids;
            _previous = [.. Enumerable.Range(-1, ids.Length)];
            _next = [.. Enumerable.Range(1, ids.Length)];
            if (ids.Length > 0)
            {
                _next[^1] = -1;
            }
        }

        internal int Count => _ids.Length;

        internal int Id(int index) => _ids[index];

        internal int Previous(int index) => _previous[index];

        internal int Next(int index) => _next[index];

        internal void Join(int index, int joined)
        {
            int right = _next[index];
            _ids[index] = joined;
            _ids[right] = Gone;
            _next[index] = _next[right];
            if (_next[index] >= 0)
            {
                _previous[_next[index]] = index;
            }
        }

        internal IEnumerable<int> Left() => _ids.Where(id => id != Gone);
    }
}

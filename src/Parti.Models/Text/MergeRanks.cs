namespace Parti.Models.Text;

/// <summary>
/// Byte-pair encoding by a table of merges, GPT-2's form: of all neighbouring symbols the pair that comes first in the table is joined,
/// the leftmost of equals, until no pair is in it.
/// </summary>
sealed class MergeRanks
{
    /// <summary>Most merges of a table.</summary>
    internal const int MergeLimit = 4_000_000;

    readonly Dictionary<(string Left, string Right), int> _ranks;

    /// <summary>Takes the merges of a table in their order; of one that is there twice the last place counts.</summary>
    /// <param name="merges">Pairs, first to be joined first.</param>
    internal MergeRanks(IReadOnlyList<(string Left, string Right)> merges)
    {
        _ranks = new(merges.Count);
        for (int i = 0; i < merges.Count; i++)
        {
            _ranks[merges[i]] = i;
        }
    }

    /// <summary>Reads a <c>merges.txt</c>: a heading, then one pair a line; what follows the last line end is not read.</summary>
    /// <exception cref="InvalidDataException">A line is no pair; the message names it.</exception>
    internal static MergeRanks Parse(string text)
    {
        string[] lines = text.Split('\n');
        if (lines.Length > MergeLimit)
        {
            throw new InvalidDataException($"it has {lines.Length} lines; a table of merges has at most {MergeLimit}");
        }
        List<(string, string)> merges = new(lines.Length);
        for (int i = 1; i < lines.Length - 1; i++)
        {
            string[] pair = lines[i].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            merges.Add(pair.Length == 2 ? (pair[0], pair[1]) : throw new InvalidDataException($"line {i + 1} is no pair of pieces"));
        }
        return new(merges);
    }

    /// <summary>Cuts a word into pieces.</summary>
    /// <param name="word">At least one character.</param>
    internal IEnumerable<string> Cut(string word)
    {
        BpeSymbols symbols = new(word);
        PriorityQueue<(int Left, int Right, int Length), (int Rank, int Left)> agenda = new();
        for (int i = 0; i + 1 < symbols.Count; i++)
        {
            Propose(symbols, i, i + 1, agenda);
        }
        while (agenda.TryDequeue(out (int Left, int Right, int Length) pair, out _))
        {
            // Either half may have grown since the pair was proposed.
            if (symbols.AreNeighbours(pair.Left, pair.Right) && symbols.Joined(pair.Left, pair.Right).Length == pair.Length)
            {
                symbols.Join(pair.Left, pair.Right);
                Propose(symbols, symbols.Previous(pair.Left), pair.Left, agenda);
                Propose(symbols, pair.Left, symbols.Next(pair.Left), agenda);
            }
        }
        return symbols.Stretches().Select(stretch => word[stretch]);
    }

    void Propose(BpeSymbols symbols, int left, int right, PriorityQueue<(int, int, int), (int, int)> agenda)
    {
        if (left >= 0 && right >= 0 && _ranks.TryGetValue((symbols.Text(left), symbols.Text(right)), out int rank))
        {
            agenda.Enqueue((left, right, symbols.Joined(left, right).Length), (rank, left));
        }
    }
}

namespace Parti.Training.Text;

/// <summary>
/// All ways to cut a stretch of text into pieces (Kudo 2018, §3.2). Holds one stretch at a time and is used again for the next.
/// Legend: log probabilities throughout, as the product over a long stretch has no double.
/// </summary>
/// <param name="trie">The pieces; every single character must be one.</param>
sealed class UnigramLattice(PieceTrie trie)
{
    readonly List<(int Start, int End, int Piece)> _edges = [];
    double[] _forward = [], _backward = [];
    int[] _via = [];
    int _length;

    /// <summary>Takes the next stretch.</summary>
    /// <param name="characters">Its characters as Unicode scalars, at least one.</param>
    internal void Load(int[] characters)
    {
        _length = characters.Length;
        _edges.Clear();
        for (int start = 0; start < _length; start++)
        {
            int node = 0;
            for (int end = start; end < _length && trie.Follow(ref node, characters[end], out int piece); end++)
            {
                if (piece >= 0)
                {
                    _edges.Add((start, end + 1, piece));
                }
            }
        }
        if (_forward.Length <= _length)
        {
            (_forward, _backward, _via) = (new double[_length + 1], new double[_length + 1], new int[_length + 1]);
        }
    }

    /// <summary>Adds how often each piece is expected in the stretch, over all ways to cut it by their probability.</summary>
    /// <param name="scores">Log probability of each piece.</param>
    /// <param name="weight">How often the stretch is there.</param>
    /// <param name="expected">Sums by piece.</param>
    /// <returns>Log probability of the stretch.</returns>
    internal double AddExpected(double[] scores, double weight, double[] expected)
    {
        Array.Fill(_forward, double.NegativeInfinity, 0, _length + 1);
        Array.Fill(_backward, double.NegativeInfinity, 0, _length + 1);
        (_forward[0], _backward[_length]) = (0, 0);
        foreach ((int start, int end, int piece) in _edges)
        {
            _forward[end] = LogSum(_forward[end], _forward[start] + scores[piece]);
        }
        for (int i = _edges.Count - 1; i >= 0; i--)
        {
            (int start, int end, int piece) = _edges[i];
            _backward[start] = LogSum(_backward[start], _backward[end] + scores[piece]);
        }
        double total = _forward[_length];
        foreach ((int start, int end, int piece) in _edges)
        {
            expected[piece] += weight * Math.Exp(_forward[start] + scores[piece] + _backward[end] - total);
        }
        return total;
    }

    /// <summary>The likeliest way to cut the stretch (Viterbi); of equals the one whose last piece is the longest.</summary>
    /// <param name="scores">Log probability of each piece.</param>
    /// <param name="withWhole">False leaves out the piece that is the whole stretch.</param>
    /// <param name="path">Filled with the pieces, last first.</param>
    internal void Best(double[] scores, bool withWhole, List<int> path)
    {
        Array.Fill(_forward, double.NegativeInfinity, 0, _length + 1);
        _forward[0] = 0;
        for (int i = 0; i < _edges.Count; i++)
        {
            (int start, int end, int piece) = _edges[i];
            double score = _forward[start] + scores[piece];
            if (score > _forward[end] && (withWhole || end - start < _length))
            {
                (_forward[end], _via[end]) = (score, i);
            }
        }
        path.Clear();
        for (int end = _length; end > 0; end = _edges[_via[end]].Start)
        {
            path.Add(_edges[_via[end]].Piece);
        }
    }

    static double LogSum(double a, double b)
    {
        (double high, double low) = a > b ? (a, b) : (b, a);
        return double.IsNegativeInfinity(low) ? high : high + Math.Log(1 + Math.Exp(low - high));
    }
}

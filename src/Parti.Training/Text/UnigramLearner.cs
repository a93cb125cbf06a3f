using System.Text;

namespace Parti.Training.Text;

/// <summary>
/// Learns a unigram language model of pieces (Kudo 2018, §3.2): from a large seed vocabulary, expectation maximisation of the pieces'
/// probabilities in turn with pruning of those whose loss costs the corpus' likelihood least. Single characters always stay, so that every
/// covered text can be cut.
/// </summary>
sealed class UnigramLearner
{
    const int PassesBetweenPrunings = 2;
    const double KeptByPruning = 0.75;
    // Pruning judges pieces one by one; the last tenth is decided by the probabilities that are left.
    const double Surplus = 1.1;
    // A piece expected less often than this is not used.
    const double LeastExpected = 0.5;

    readonly (int[] Characters, long Count)[] _segments;
    readonly int _characters;
    readonly SentencePieceTrainerOptions _options;
    // Single characters come first.
    string[] _texts;
    double[] _scores;

    /// <summary>Prepares the characters as the first pieces.</summary>
    /// <param name="segments">Stretches inside which pieces may lie, with their counts.</param>
    /// <param name="alphabet">Characters that must have a piece.</param>
    /// <param name="options">Sizes.</param>
    internal UnigramLearner(
        IReadOnlyList<(string[] Characters, long Count)> segments, IReadOnlyCollection<Rune> alphabet, SentencePieceTrainerOptions options)
    {
        _segments = [.. segments.Select(s => (s.Characters.Select(c => Rune.GetRuneAt(c, 0).Value).ToArray(), s.Count))];
        _characters = alphabet.Count;
        _options = options;
        _texts = [.. alphabet.OrderBy(rune => rune.Value).Select(rune => rune.ToString())];
        _scores = [];
    }

    /// <summary>Learns the pieces.</summary>
    /// <param name="room">Pieces wanted beyond the single characters; fewer where the corpus has no more.</param>
    /// <param name="cancellationToken">Stops between segments.</param>
    /// <returns>All pieces with their log probabilities, the likeliest first.</returns>
    internal IReadOnlyList<(string Text, double Score)> Learn(int room, CancellationToken cancellationToken)
    {
        Seed(cancellationToken);
        int wanted = _characters + room, desired = (int)(wanted * Surplus);
        while (true)
        {
            for (int pass = 0; pass < PassesBetweenPrunings; pass++)
            {
                Estimate(wanted, cancellationToken);
            }
            if (_texts.Length <= desired)
            {
                break;
            }
            Prune(wanted, Math.Max(desired, (int)(_texts.Length * KeptByPruning)), cancellationToken);
        }
        IEnumerable<int> best = Longer().OrderByDescending(i => _scores[i]).ThenBy(i => _texts[i], StringComparer.Ordinal).Take(room);
        return
        [
            .. Enumerable.Range(0, _characters).Concat(best).Select(i => (Text: _texts[i], Score: _scores[i]))
                .OrderByDescending(p => p.Score).ThenBy(p => p.Text, StringComparer.Ordinal),
        ];
    }

    /// <summary>Takes the seed vocabulary, each piece as likely as the share of text it could cover.</summary>
    internal void Seed(CancellationToken cancellationToken)
    {
        Dictionary<string, double> single = _texts.ToDictionary(text => text, _ => 0.0, StringComparer.Ordinal);
        foreach ((int[] characters, long count) in _segments)
        {
            foreach (int character in characters)
            {
                single[new Rune(character).ToString()] += count;
            }
        }
        IReadOnlyList<(string Text, double Weight)> seeds =
            new UnigramSeeds(_segments, _options.MaxPieceLength, _options.MinPairCount).Find(_options.SeedSize, cancellationToken);
        double[] weights = [.. _texts.Select(text => Math.Max(single[text], LeastExpected)), .. seeds.Select(s => s.Weight)];
        _texts = [.. _texts, .. seeds.Select(s => s.Text)];
        double logSum = Math.Log(weights.Sum());
        _scores = [.. weights.Select(weight => Math.Log(weight) - logSum)];
    }

    /// <summary>
    /// One pass of expectation maximisation. Instead of a count's logarithm its digamma is taken, as for a Dirichlet prior that favours few
    /// pieces: rare ones lose more than their share.
    /// </summary>
    /// <param name="least">Pieces that are left at least.</param>
    /// <param name="cancellationToken">Stops between segments.</param>
    /// <returns>Log likelihood of the corpus before the pass.</returns>
    internal double Estimate(int least, CancellationToken cancellationToken)
    {
        double[] expected = new double[_texts.Length];
        UnigramLattice lattice = new(new PieceTrie(_texts));
        double likelihood = 0;
        foreach ((int[] characters, long count) in _segments)
        {
            cancellationToken.ThrowIfCancellationRequested();
            lattice.Load(characters);
            likelihood += count * lattice.AddExpected(_scores, count, expected);
        }
        int[] used = [.. Longer().Where(i => expected[i] >= LeastExpected)];
        int missing = least - _characters - used.Length;
        if (missing > 0)
        {
            used = [.. used, .. Longer().Where(i => expected[i] < LeastExpected).OrderByDescending(i => expected[i]).ThenBy(i => _texts[i], StringComparer.Ordinal).Take(missing)];
        }
        Take(used);
        double[] counts = [.. Enumerable.Range(0, _characters).Concat(used).Select(i => Math.Max(expected[i], LeastExpected))];
        double logSum = Digamma.Of(counts.Sum());
        _scores = [.. counts.Select(count => Digamma.Of(count) - logSum)];
        return likelihood;
    }

    // The likelihood lost without a piece is estimated on the likeliest cuts alone: its occurrences go to the next best way to cut it.
    void Prune(int least, int most, CancellationToken cancellationToken)
    {
        UnigramLattice lattice = new(new PieceTrie(_texts));
        double[] counts = CountBest(lattice, cancellationToken);
        double sum = counts.Sum();
        List<int> path = [];
        double Loss(int piece)
        {
            lattice.Load([.. _texts[piece].EnumerateRunes().Select(rune => rune.Value)]);
            lattice.Best(_scores, withWhole: false, path);
            double others = Math.Log(sum + counts[piece] * (path.Count - 1));
            return counts[piece] * (Math.Log(counts[piece] / sum) - path.Sum(part => Math.Log(counts[part] + counts[piece]) - others));
        }
        var ranked = Longer().Select(i => (Piece: i, Used: counts[i] > 0, Loss: counts[i] > 0 ? Loss(i) : _scores[i]))
            .OrderByDescending(p => p.Used).ThenByDescending(p => p.Loss).ThenBy(p => _texts[p.Piece], StringComparer.Ordinal).ToArray();
        int used = ranked.Count(p => p.Used), kept = Math.Clamp(used, least - _characters, most - _characters);
        Take([.. ranked.Take(kept).Select(p => p.Piece)]);
    }

    double[] CountBest(UnigramLattice lattice, CancellationToken cancellationToken)
    {
        double[] counts = new double[_texts.Length];
        List<int> path = [];
        foreach ((int[] characters, long count) in _segments)
        {
            cancellationToken.ThrowIfCancellationRequested();
            lattice.Load(characters);
            lattice.Best(_scores, withWhole: true, path);
            foreach (int piece in path)
            {
                counts[piece] += count;
            }
        }
        return counts;
    }

    IEnumerable<int> Longer() => Enumerable.Range(_characters, _texts.Length - _characters);

    // Sorted, so that sums do not depend on the order in which pieces were ranked.
    void Take(int[] longer)
    {
        Array.Sort(longer);
        int[] taken = [.. Enumerable.Range(0, _characters), .. longer];
        _scores = [.. taken.Select(i => _scores[i])];
        _texts = [.. taken.Select(i => _texts[i])];
    }
}

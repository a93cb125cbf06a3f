using System.Text;

namespace Parti.Training.Text;

/// <summary>
/// Learns byte-pair merges. Counts of adjacent pairs are kept up to date segment by segment; a heap finds the
/// most frequent pair, and an entry whose count has changed since is put back with the new one.
/// </summary>
sealed class PairMerger
{
    readonly record struct Pair(string Left, string Right)
    {
        internal string Joined => Left + Right;
    }

    sealed class PairState
    {
        internal long Count;
        internal readonly HashSet<int> Segments = [];
    }

    sealed class Order : IComparer<(long Count, Pair Pair)>
    {
        public int Compare((long Count, Pair Pair) x, (long Count, Pair Pair) y)
        {
            int byCount = y.Count.CompareTo(x.Count);
            if (byCount != 0)
            {
                return byCount;
            }
            int byLeft = string.CompareOrdinal(x.Pair.Left, y.Pair.Left);
            return byLeft != 0 ? byLeft : string.CompareOrdinal(x.Pair.Right, y.Pair.Right);
        }
    }

    readonly List<string>[] segments;
    readonly long[] counts;
    readonly int maxLength;
    readonly long minCount;
    readonly Dictionary<Pair, PairState> pairs = [];
    readonly PriorityQueue<Pair, (long Count, Pair Pair)> heap = new(new Order());

    internal PairMerger(IReadOnlyList<(string[] Characters, long Count)> segments, int maxLength, long minCount)
    {
        this.segments = [.. segments.Select(s => new List<string>(s.Characters))];
        counts = [.. segments.Select(s => s.Count)];
        this.maxLength = maxLength;
        this.minCount = minCount;
        HashSet<Pair> touched = [];
        for (int i = 0; i < this.segments.Length; i++)
        {
            Count(i, +1, touched);
        }
        Push(touched);
    }

    /// <summary>Learns up to <paramref name="merges"/> new pieces, best first.</summary>
    internal IReadOnlyList<string> Learn(int merges, CancellationToken cancellationToken)
    {
        List<string> learned = new(merges);
        HashSet<string> known = new(StringComparer.Ordinal);
        while (learned.Count < merges && TryNext(out Pair pair))
        {
            cancellationToken.ThrowIfCancellationRequested();
            // Another split may already have given this piece; then the merge costs no entry.
            if (known.Add(pair.Joined))
            {
                learned.Add(pair.Joined);
            }
            Apply(pair);
        }
        return learned;
    }

    bool TryNext(out Pair best)
    {
        while (heap.TryDequeue(out best, out (long Count, Pair Pair) entry))
        {
            if (!pairs.TryGetValue(best, out PairState? state) || state.Count < minCount)
            {
                continue;
            }
            if (state.Count == entry.Count)
            {
                return true;
            }
            heap.Enqueue(best, (state.Count, best));
        }
        return false;
    }

    void Apply(Pair pair)
    {
        HashSet<Pair> touched = [];
        foreach (int index in pairs[pair].Segments.ToArray())
        {
            Count(index, -1, touched);
            Join(segments[index], pair);
            Count(index, +1, touched);
        }
        pairs.Remove(pair);
        touched.Remove(pair);
        Push(touched);
    }

    static void Join(List<string> segment, Pair pair)
    {
        int write = 0;
        for (int read = 0; read < segment.Count; read++)
        {
            bool joins = read + 1 < segment.Count && segment[read] == pair.Left && segment[read + 1] == pair.Right;
            segment[write++] = joins ? pair.Joined : segment[read];
            read += joins ? 1 : 0;
        }
        segment.RemoveRange(write, segment.Count - write);
    }

    void Count(int index, int sign, HashSet<Pair> touched)
    {
        List<string> segment = segments[index];
        for (int i = 0; i + 1 < segment.Count; i++)
        {
            Pair pair = new(segment[i], segment[i + 1]);
            if (Length(pair) > maxLength)
            {
                continue;
            }
            if (!pairs.TryGetValue(pair, out PairState? state))
            {
                pairs[pair] = state = new PairState();
            }
            state.Count += sign * counts[index];
            if (sign > 0)
            {
                state.Segments.Add(index);
            }
            else
            {
                state.Segments.Remove(index);
            }
            touched.Add(pair);
        }
    }

    void Push(HashSet<Pair> touched)
    {
        foreach (Pair pair in touched)
        {
            long count = pairs[pair].Count;
            if (count >= minCount)
            {
                heap.Enqueue(pair, (count, pair));
            }
        }
    }

    static int Length(Pair pair) => Characters(pair.Left) + Characters(pair.Right);

    static int Characters(string text)
    {
        int count = 0;
        foreach (Rune _ in text.EnumerateRunes())
        {
            count++;
        }
        return count;
    }
}

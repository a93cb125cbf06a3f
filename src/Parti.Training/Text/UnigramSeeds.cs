using System.Runtime.InteropServices;
using System.Text;

namespace Parti.Training.Text;

/// <summary>
/// The pieces that unigram training begins with: frequent stretches of the corpus. Stretches grow by one character a round, and only from
/// those that are frequent themselves, so that memory follows the corpus and not all its substrings.
/// </summary>
sealed class UnigramSeeds
{
    readonly record struct Stretch(int Place, long Count);

    readonly int[] _characters;
    readonly long[] _counts;
    readonly int _maxLength;
    readonly long _minCount;

    /// <summary>Lays the segments out one after the other, each followed by -1.</summary>
    internal UnigramSeeds(IReadOnlyList<(int[] Characters, long Count)> segments, int maxLength, long minCount)
    {
        _characters = [.. segments.SelectMany(s => s.Characters.Append(-1))];
        _counts = [.. segments.SelectMany(s => Enumerable.Repeat(s.Count, s.Characters.Length + 1))];
        (_maxLength, _minCount) = (maxLength, minCount);
    }

    /// <summary>
    /// Stretches of two characters or more, those that cover most text first, ties in ordinal order. A stretch that is always followed by
    /// the same character is left out for the longer one, which says the same of the corpus.
    /// </summary>
    /// <param name="most">Most stretches.</param>
    /// <param name="cancellationToken">Stops between two lengths.</param>
    internal IReadOnlyList<(string Text, double Weight)> Find(int most, CancellationToken cancellationToken)
    {
        List<(string Text, double Weight)> found = [];
        int[] stretchAt = [.. _characters];
        List<Stretch> shorter = [];
        for (int length = 2; length <= _maxLength; length++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            List<Stretch> longer = Extend(stretchAt, length, shorter.Count, out long[] longest);
            Keep(shorter, length - 1, longest, found);
            shorter = longer;
        }
        Keep(shorter, _maxLength, new long[shorter.Count], found);
        return [.. found.OrderByDescending(f => f.Weight).ThenBy(f => f.Text, StringComparer.Ordinal).Take(most)];
    }

    // Renames what begins at each place from stretches of one character less to those of this length; -1 where it is rare or ends.
    List<Stretch> Extend(int[] stretchAt, int length, int shorterCount, out long[] mostFrequentExtension)
    {
        Dictionary<long, int> numbers = [];
        List<Stretch> stretches = [];
        List<int> parents = [];
        for (int place = 0; place + length <= _characters.Length; place++)
        {
            int last = stretchAt[place] < 0 ? -1 : _characters[place + length - 1];
            if (last < 0)
            {
                stretchAt[place] = -1;
                continue;
            }
            ref int number = ref CollectionsMarshal.GetValueRefOrAddDefault(numbers, (long)stretchAt[place] << 21 | (uint)last, out bool known);
            if (!known)
            {
                number = stretches.Count;
                stretches.Add(new(place, 0));
                parents.Add(stretchAt[place]);
            }
            stretches[number] = stretches[number] with { Count = stretches[number].Count + _counts[place] };
            stretchAt[place] = number;
        }
        mostFrequentExtension = new long[shorterCount];
        for (int i = 0; i < stretches.Count && shorterCount > 0; i++)
        {
            mostFrequentExtension[parents[i]] = Math.Max(mostFrequentExtension[parents[i]], stretches[i].Count);
        }
        for (int place = 0; place < stretchAt.Length; place++)
        {
            bool frequent = stretchAt[place] >= 0 && place + length <= _characters.Length && stretches[stretchAt[place]].Count >= _minCount;
            stretchAt[place] = frequent ? stretchAt[place] : -1;
        }
        return stretches;
    }

    void Keep(List<Stretch> stretches, int length, long[] mostFrequentExtension, List<(string Text, double Weight)> found)
    {
        StringBuilder text = new();
        for (int i = 0; i < stretches.Count; i++)
        {
            (int place, long count) = stretches[i];
            if (count < _minCount || count == mostFrequentExtension[i])
            {
                continue;
            }
            text.Clear();
            foreach (int character in _characters.AsSpan(place, length))
            {
                text.Append(new Rune(character).ToString());
            }
            found.Add((text.ToString(), (double)count * length));
        }
    }
}

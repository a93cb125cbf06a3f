namespace Parti.Models.Text;

/// <summary>
/// Unigram encoding as SentencePiece does it: of all ways to cut the text into pieces the one with the highest sum of scores
/// (log probabilities), found by Viterbi's algorithm; a character without a piece costs the lowest score less 10.
/// </summary>
sealed class UnigramEncoder(PieceTable pieces) : IPieceEncoder
{
    const float UnknownPenalty = 10;

    /// <inheritdoc/>
    public List<int> Encode(string text)
    {
        // Sums are kept in single precision but compared before they are rounded: the reference implementation does so, and which of several
        // cuts of "ssssss" with equal sums it takes depends on it.
        float[] best = new float[text.Length + 1];
        int[] from = new int[text.Length + 1];
        Array.Fill(from, -1);
        for (int start = 0; start < text.Length;)
        {
            int character = char.IsHighSurrogate(text[start]) ? 2 : 1;
            Extend(text, start, character, best, from);
            start += character;
        }
        return pieces.Ids(text, Path(from));
    }

    void Extend(string text, int start, int character, float[] best, int[] from)
    {
        bool single = false;
        int longest = Math.Min(pieces.MaxLength, text.Length - start);
        for (int length = character; length <= longest; length++)
        {
            if (pieces.TryGet(text.AsSpan(start, length), out float score))
            {
                Offer(start, start + length, (double)best[start] + score, best, from);
                single |= length == character;
            }
        }
        if (!single)
        {
            Offer(start, start + character, best[start] + (pieces.MinScore - UnknownPenalty), best, from);
        }
    }

    static void Offer(int start, int end, double score, float[] best, int[] from)
    {
        if (from[end] < 0 || score > best[end])
        {
            best[end] = (float)score;
            from[end] = start;
        }
    }

    static List<Range> Path(int[] from)
    {
        List<Range> path = [];
        for (int end = from.Length - 1; end > 0; end = from[end])
        {
            path.Add(from[end]..end);
        }
        path.Reverse();
        return path;
    }
}

namespace Parti.Models.Text;

/// <summary>A text cut into stretches that join with their neighbours: a linked list over the characters of the text.</summary>
sealed class BpeSymbols
{
    readonly string text;
    readonly List<(int Start, int Length, int Previous, int Next)> symbols;

    /// <summary>One symbol per character (Unicode scalar) of well-formed text.</summary>
    internal BpeSymbols(string text)
    {
        this.text = text;
        symbols = new(text.Length);
        for (int start = 0; start < text.Length;)
        {
            int length = char.IsHighSurrogate(text[start]) ? 2 : 1;
            bool last = start + length >= text.Length;
            symbols.Add((start, length, symbols.Count - 1, last ? -1 : symbols.Count + 1));
            start += length;
        }
    }

    /// <summary>Symbols at the beginning; joined ones keep their place but are skipped by <see cref="Next"/>.</summary>
    internal int Count => symbols.Count;

    internal int Previous(int index) => symbols[index].Previous;

    internal int Next(int index) => symbols[index].Next;

    /// <summary>Where the symbols that are left lie, in order.</summary>
    internal IEnumerable<Range> Stretches()
    {
        for (int i = Count > 0 ? 0 : -1; i >= 0; i = symbols[i].Next)
        {
            yield return symbols[i].Start..(symbols[i].Start + symbols[i].Length);
        }
    }

    internal bool AreNeighbours(int left, int right) => symbols[left].Length > 0 && symbols[left].Next == right;

    /// <summary>A symbol's text.</summary>
    internal string Text(int index) => text.Substring(symbols[index].Start, symbols[index].Length);

    internal ReadOnlySpan<char> Joined(int left, int right) =>
        text.AsSpan(symbols[left].Start, symbols[left].Length + symbols[right].Length);

    internal void Join(int left, int right)
    {
        var (start, length, previous, _) = symbols[left];
        var (_, rightLength, _, next) = symbols[right];
        symbols[left] = (start, length + rightLength, previous, next);
        symbols[right] = (0, 0, -1, -1);
        if (next >= 0)
        {
            symbols[next] = symbols[next] with { Previous = left };
        }
    }
}

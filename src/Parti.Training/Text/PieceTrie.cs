using System.Text;

namespace Parti.Training.Text;

/// <summary>Finds the pieces that begin at a place of a text, one character after another.</summary>
sealed class PieceTrie
{
    readonly Dictionary<long, int> _children = [];
    readonly List<int> _pieces = [-1];

    /// <summary>Enters pieces; the place of a piece in the list is its number.</summary>
    internal PieceTrie(IReadOnlyList<string> pieces)
    {
        for (int number = 0; number < pieces.Count; number++)
        {
            int node = 0;
            foreach (Rune rune in pieces[number].EnumerateRunes())
            {
                node = Child(node, rune.Value);
            }
            _pieces[node] = number;
        }
    }

    /// <summary>Goes on by one character.</summary>
    /// <param name="node">Where the characters before led, 0 at first; changed to where this one leads.</param>
    /// <param name="rune">The character.</param>
    /// <param name="piece">The piece that ends here, or -1.</param>
    /// <returns>False where no piece goes on like this.</returns>
    internal bool Follow(ref int node, int rune, out int piece)
    {
        bool found = _children.TryGetValue(Key(node, rune), out node);
        piece = found ? _pieces[node] : -1;
        return found;
    }

    int Child(int node, int rune)
    {
        if (!_children.TryGetValue(Key(node, rune), out int child))
        {
            child = _pieces.Count;
            _pieces.Add(-1);
            _children[Key(node, rune)] = child;
        }
        return child;
    }

    // A Unicode scalar has 21 bits.
    static long Key(int node, int rune) => (long)node << 21 | (uint)rune;
}

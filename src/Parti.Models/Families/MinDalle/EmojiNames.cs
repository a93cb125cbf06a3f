using System.IO.Compression;
using System.Text;

namespace Parti.Models.Families.MinDalle;

/// <summary>
/// English names of emoji (Unicode 15.0, <c>emoji-test.txt</c>, blanks as underscores): what the original puts in their place before it
/// reads a prompt. <c>emoji.bin</c> holds a line per sequence, deflated: its characters, a tab, its name.
/// </summary>
internal sealed class EmojiNames
{
    private static readonly Lazy<EmojiNames> Loaded = new(Load);

    // A tree over code points; 0 is its root.
    private readonly Dictionary<(int Node, Rune Next), int> _nodes = [];
    private readonly Dictionary<int, string> _names = [];

    /// <summary>The table.</summary>
    internal static EmojiNames Shared => Loaded.Value;

    /// <summary>Puts names in place of emoji; a variation selector beside none is dropped.</summary>
    /// <param name="text">Any text.</param>
    internal string Spell(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        Rune[] runes = [.. text.EnumerateRunes()];
        StringBuilder spelt = new(text.Length);
        for (int i = 0; i < runes.Length;)
        {
            (int node, int end) = Walk(runes, i);
            if (_names.TryGetValue(node, out string? name))
            {
                spelt.Append(name);
                i = end;
                continue;
            }

            spelt.Append(runes[i].Value is 0xFE0E or 0xFE0F ? "" : runes[i].ToString());
            i++;
        }

        return spelt.ToString();
    }

    // As far as any sequence goes on; only one that ends there counts, as in the original.
    private (int Node, int End) Walk(Rune[] runes, int start)
    {
        int node = 0, end = start;
        while (end < runes.Length && _nodes.TryGetValue((node, runes[end]), out int next))
        {
            (node, end) = (next, end + 1);
        }

        return (node, end);
    }

    private static EmojiNames Load()
    {
        EmojiNames table = new();
        using Stream resource = typeof(EmojiNames).Assembly.GetManifestResourceStream("emoji.bin")!;
        using StreamReader lines = new(new DeflateStream(resource, CompressionMode.Decompress), Encoding.UTF8);
        while (lines.ReadLine() is { } line)
        {
            int tab = line.IndexOf('\t', StringComparison.Ordinal);
            table.Add(line[..tab], line[(tab + 1)..]);
        }

        return table;
    }

    private void Add(string sequence, string name)
    {
        int node = 0;
        foreach (Rune rune in sequence.EnumerateRunes())
        {
            if (!_nodes.TryGetValue((node, rune), out int next))
            {
                next = _nodes.Count + 1;
                _nodes.Add((node, rune), next);
            }

            node = next;
        }

        _names[node] = name;
    }
}

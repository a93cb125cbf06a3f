namespace Parti.Models.Text;

/// <summary>A word of a prompt.</summary>
/// <param name="Text">The word as the model reads it, without punctuation around it.</param>
/// <param name="First">Index of its first id in <see cref="TextTokens.Ids"/>.</param>
/// <param name="Count">Ids, at least 1.</param>
public readonly record struct TextWord(string Text, int First, int Count)
{
    /// <summary>A word without punctuation around it; a word of nothing else is returned as it is.</summary>
    /// <param name="word">Text without blanks.</param>
    public static string Core(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        string core = word.Trim([.. word.Where(character => char.IsPunctuation(character) || char.IsSymbol(character))]);
        return core.Length == 0 ? word : core;
    }

    /// <summary>The words of a text whose words are cut one by one.</summary>
    /// <param name="words">Words of the text as the model reads them.</param>
    /// <param name="cut">Ids of the word of some index, which may have lost punctuation at its end.</param>
    /// <returns>Words, and the ids of all of them one after another.</returns>
    internal static (List<TextWord> Words, List<int> Ids) Collect(IReadOnlyList<string> words, Func<int, string, List<int>> cut)
    {
        List<TextWord> found = [];
        List<int> ids = [];
        for (int i = 0; i < words.Count; i++)
        {
            string core = Core(words[i]);
            List<int> whole = cut(i, words[i]);
            // Ids of punctuation behind the word are not its own, where the cut does not depend on them.
            List<int> own = words[i].StartsWith(core, StringComparison.Ordinal) ? cut(i, core) : whole;
            bool isSeparate = own.Count <= whole.Count && own.SequenceEqual(whole.Take(own.Count));
            found.Add(new(core, ids.Count, isSeparate ? own.Count : whole.Count));
            ids.AddRange(whole);
        }
        return (found, ids);
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Parti.Models.Text.ByteLevel;

/// <summary>Tokens that are found in a text before anything else is done to it, the longest first: marks such as the begin of an image.</summary>
sealed class AddedTokens
{
    private sealed record Token(string Text, int Id, bool TakesBlanksBefore, bool TakesBlanksAfter);

    private readonly ILookup<char, Token> _byFirst;

    /// <summary>Reads the <c>added_tokens</c> of a tokenizer file.</summary>
    /// <exception cref="InvalidDataException">A token is empty or must stand alone, which is not supported.</exception>
    internal AddedTokens(JsonElement json)
    {
        List<Token> tokens = [];
        foreach (JsonElement token in json.EnumerateArray())
        {
            string text = token.Text("content");
            if (text.Length == 0 || token.Flag("single_word", false))
            {
                throw new InvalidDataException($"added token \"{text}\" is {(text.Length == 0 ? "empty" : "of the kind single_word, which is not supported")}");
            }
            tokens.Add(new(text, token.GetProperty("id").GetInt32(), token.Flag("lstrip", false), token.Flag("rstrip", false)));
        }
        _byFirst = tokens.OrderByDescending(token => token.Text.Length).ToLookup(token => token.Text[0]);
        Ids = tokens.ToDictionary(token => token.Text, token => token.Id, StringComparer.Ordinal);
    }

    /// <summary>Ids by text.</summary>
    internal IReadOnlyDictionary<string, int> Ids { get; }

    /// <summary>Cuts a text at its marks.</summary>
    /// <returns>Stretches of text and ids of marks, in order; a text may be empty.</returns>
    internal IEnumerable<(string? Text, int Id)> Cut(string text)
    {
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (!TryMatch(text, i, out Token? token))
            {
                continue;
            }
            string before = text[start..i];
            yield return (token.TakesBlanksBefore ? before.TrimEnd() : before, -1);
            yield return (null, token.Id);
            start = i + token.Text.Length;
            while (token.TakesBlanksAfter && start < text.Length && char.IsWhiteSpace(text[start]))
            {
                start++;
            }
            i = start - 1;
        }
        yield return (text[start..], -1);
    }

    private bool TryMatch(string text, int at, [NotNullWhen(true)] out Token? found)
    {
        found = _byFirst[text[at]].FirstOrDefault(token => string.CompareOrdinal(text, at, token.Text, 0, token.Text.Length) == 0);
        return found is not null;
    }
}

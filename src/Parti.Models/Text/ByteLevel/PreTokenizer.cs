using System.Text.Json;
using System.Text.RegularExpressions;

namespace Parti.Models.Text.ByteLevel;

/// <summary>Cuts text into words before pairs are merged, by the steps of a tokenizer file: each step cuts the words of the step before.</summary>
sealed class PreTokenizer
{
    // The split of GPT-2, which a byte-level step makes unless told not to.
    private const string WordPattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private readonly List<Func<string, IEnumerable<string>>> _steps = [];

    /// <summary>Reads the <c>pre_tokenizer</c> of a tokenizer file.</summary>
    /// <exception cref="InvalidDataException">A step is not supported; the message names it.</exception>
    internal PreTokenizer(JsonElement json)
    {
        Add(json);
        if (!SpellsBytes)
        {
            throw new InvalidDataException("its pre_tokenizer has no ByteLevel step; only byte-level vocabularies are supported");
        }
    }

    private bool SpellsBytes { get; set; }

    /// <summary>Words of a text, spelled in the byte alphabet.</summary>
    internal IEnumerable<string> Words(string text) =>
        _steps.Aggregate(new[] { text }.AsEnumerable(), (words, step) => words.SelectMany(step)).Where(word => word.Length > 0).Select(ByteAlphabet.Spell);

    private void Add(JsonElement step)
    {
        string type = step.ValueKind == JsonValueKind.Object ? step.Text("type") : "null";
        switch (type)
        {
            case "Sequence":
                foreach (JsonElement inner in step.GetProperty("pretokenizers").EnumerateArray())
                {
                    Add(inner);
                }
                break;
            case "Split": _steps.Add(Split(step)); break;
            case "Digits": _steps.Add(Matches(ScalarPattern.Compile(step.Flag("individual_digits", false) ? @"\p{N}" : @"\p{N}+"))); break;
            case "ByteLevel": AddByteLevel(step); break;
            default: throw new InvalidDataException($"its pre_tokenizer has a step {type}; Sequence, Split, Digits and ByteLevel are supported");
        }
    }

    private void AddByteLevel(JsonElement step)
    {
        SpellsBytes = true;
        if (step.Flag("add_prefix_space", true))
        {
            _steps.Add(word => [word.Length == 0 || word.StartsWith(' ') ? word : ' ' + word]);
        }
        if (step.Flag("use_regex", true))
        {
            _steps.Add(Matches(ScalarPattern.Compile(WordPattern)));
        }
    }

    private static Func<string, IEnumerable<string>> Split(JsonElement step)
    {
        string behavior = step.Text("behavior");
        if (behavior != "Isolated" || step.Flag("invert", false))
        {
            throw new InvalidDataException($"its pre_tokenizer splits with behavior {behavior}{(step.Flag("invert", false) ? ", inverted" : "")}; Isolated is supported");
        }
        JsonElement pattern = step.GetProperty("pattern");
        string expression = pattern.TryGetProperty("Regex", out JsonElement regex) ? regex.GetString()! : Regex.Escape(pattern.Text("String"));
        return Matches(ScalarPattern.Compile(expression));
    }

    // Every match and every gap between matches is a word.
    private static Func<string, IEnumerable<string>> Matches(Regex pattern) => text =>
    {
        List<string> words = [];
        int end = 0;
        for (Match match = pattern.Match(text); match.Success; match = match.NextMatch())
        {
            if (match.Length > 0)
            {
                words.Add(text[end..match.Index]);
                words.Add(match.Value);
                end = match.Index + match.Length;
            }
        }
        words.Add(text[end..]);
        return words;
    };
}

/// <summary>Reading of tokenizer files.</summary>
static class TokenizerJson
{
    /// <summary>A text, empty where there is none.</summary>
    internal static string Text(this JsonElement json, string key) =>
        json.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    /// <summary>A flag.</summary>
    internal static bool Flag(this JsonElement json, string key, bool otherwise) =>
        json.TryGetProperty(key, out JsonElement value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : otherwise;
}

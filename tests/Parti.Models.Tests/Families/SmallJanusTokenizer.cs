using System.Text.Json;

namespace Parti.Models.Tests.Families;

/// <summary>A byte-level tokenizer for models that know 120 ids, 3 of them padding and 7 the begin of an image: printable ASCII without pairs fits.</summary>
static class SmallJanusTokenizer
{
    private static readonly Dictionary<string, int> Marks = new()
    {
        ["<｜begin▁of▁sentence｜>"] = 0, ["<|User|>"] = 1, ["<|Assistant|>"] = 2, ["<｜▁pad▁｜>"] = 3, ["<begin_of_image>"] = 7,
    };

    /// <summary>What <c>tokenizer.json</c> holds.</summary>
    public static string Json()
    {
        IEnumerable<char> characters = Enumerable.Range('!', 94).Select(c => (char)c).Append('Ġ').Append('Ċ');
        int[] free = [.. Enumerable.Range(0, 120).Except(Marks.Values)];
        return JsonSerializer.Serialize(new
        {
            added_tokens = Marks.Select(mark => new { id = mark.Value, content = mark.Key, special = true }),
            normalizer = (object?)null,
            pre_tokenizer = new { type = "ByteLevel", add_prefix_space = false, use_regex = false },
            model = new { type = "BPE", vocab = characters.Zip(free).ToDictionary(pair => pair.First.ToString(), pair => pair.Second), merges = Array.Empty<string>() },
        });
    }
}

using System.Text.Json;

namespace Parti.Models.Text.ByteLevel;

/// <summary>
/// Byte-level byte-pair encoding of a <c>tokenizer.json</c> (the file of Hugging Face's tokenizers): marks, words by the file's patterns,
/// merges. Safe for concurrent use.
/// </summary>
public sealed class ByteLevelTokenizer
{
    /// <summary>Longest file that is read, in bytes: 64 MiB, some eight times the file of a vocabulary of 100,000.</summary>
    public const int FileLimit = 64 << 20;

    private readonly AddedTokens _added;
    private readonly PreTokenizer _words;
    private readonly PairMerges _merges;

    private ByteLevelTokenizer(JsonElement json)
    {
        if (json.TryGetProperty("normalizer", out JsonElement normalizer) && !IsNothing(normalizer))
        {
            throw new InvalidDataException($"its normalizer is {normalizer.Text("type")}; only files without one are supported");
        }
        JsonElement model = json.GetProperty("model");
        if (model.Text("type") is not ("BPE" or "") || model.Flag("byte_fallback", false) || model.Flag("ignore_merges", false))
        {
            throw new InvalidDataException("its model is not plain BPE");
        }
        Dictionary<string, int> vocabulary = model.GetProperty("vocab").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetInt32(), StringComparer.Ordinal);
        _added = new(json.GetProperty("added_tokens"));
        _words = new(json.GetProperty("pre_tokenizer"));
        _merges = new(vocabulary, model.GetProperty("merges").EnumerateArray().Select(Pair));
        VocabularySize = 1 + vocabulary.Values.Concat(_added.Ids.Values).Max();
    }

    /// <summary>Number of ids; every id is in 0 to one less.</summary>
    public int VocabularySize { get; }

    /// <summary>Loads a tokenizer file.</summary>
    /// <param name="path">A <c>tokenizer.json</c> of at most <see cref="FileLimit"/> bytes.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is no byte-level tokenizer that can be used; the message names it and says why.</exception>
    public static ByteLevelTokenizer Load(string path)
    {
        if (new FileInfo(path).Length > FileLimit)
        {
            throw new InvalidDataException($"{path} is longer than {FileLimit} bytes, too long for a tokenizer.");
        }
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 32 });
            return new(json.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidDataException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"{path} is no byte-level tokenizer that can be used: {error.Message.TrimEnd('.')}.", error);
        }
    }

    /// <summary>The id of a mark.</summary>
    /// <param name="mark">Its text, one of the file's added tokens.</param>
    /// <returns>Null where the file has no such mark.</returns>
    public int? IdOf(string mark) => _added.Ids.TryGetValue(mark, out int id) ? id : null;

    /// <summary>Ids of a text, without any that a model adds.</summary>
    /// <param name="text">Any text; marks in it become their ids.</param>
    public List<int> Encode(string text)
    {
        List<int> ids = [];
        foreach ((string? stretch, int mark) in _added.Cut(text))
        {
            if (stretch is null)
            {
                ids.Add(mark);
                continue;
            }
            foreach (string word in _words.Words(stretch))
            {
                _merges.Encode(word, ids);
            }
        }
        return ids;
    }

    private static bool IsNothing(JsonElement normalizer) => normalizer.ValueKind == JsonValueKind.Null
        || (normalizer.Text("type") == "Sequence" && normalizer.GetProperty("normalizers").GetArrayLength() == 0);

    // "a b", or in newer files ["a", "b"].
    private static (string Left, string Right) Pair(JsonElement merge)
    {
        if (merge.ValueKind == JsonValueKind.Array)
        {
            return (merge[0].GetString()!, merge[1].GetString()!);
        }
        string[] parts = merge.GetString()!.Split(' ');
        return parts.Length == 2 ? (parts[0], parts[1]) : throw new InvalidDataException($"merge \"{merge.GetString()}\" is no pair");
    }
}

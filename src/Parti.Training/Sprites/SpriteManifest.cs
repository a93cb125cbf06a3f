using System.Text.Json;
using Parti.Training.Data;

namespace Parti.Training.Sprites;

/// <summary>
/// <c>sprites.jsonl</c>: a line a sprite, <c>{"file": "1f98a.webp", "name": "fox", "plural": "foxes", "tags": ["animal"]}</c>; without
/// <c>plural</c> the name gets an s, without <c>tags</c> there are none.
/// </summary>
static class SpriteManifest
{
    /// <summary>Its name; a folder that has it holds sprites.</summary>
    internal const string FileName = "sprites.jsonl";

    /// <summary>Most sprites of a set: their pictures are held in memory.</summary>
    internal const int Most = 4096;

    const int MaxTags = 64;

    /// <summary>Reads a manifest.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="DataException">A row cannot be used, a name stands twice, or there are too few or too many.</exception>
    internal static IReadOnlyList<Sprite> Read(string file)
    {
        List<Sprite> sprites = [];
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        using StreamReader reader = ManifestText.Open(file);
        for (int line = 1; ManifestText.Guarded(file, reader.ReadLine) is { } text; line++)
        {
            if (string.IsNullOrWhiteSpace(text))
            {
                continue;
            }
            Sprite sprite = Row(text) ?? throw Bad(file, line, $"is not a JSON object with \"file\" and \"name\", each of 1 to {Sprite.MaxName} characters, \"plural\" of such, and a list \"tags\" of up to {MaxTags} such");
            if (!names.Add(sprite.Name))
            {
                throw Bad(file, line, $"has the name \"{sprite.Name}\" a second time; every sprite needs one of its own");
            }
            sprites.Add(sprite);
        }
        return sprites.Count is >= 2 and <= Most
            ? sprites
            : throw new DataException($"{file}: has {sprites.Count} sprites, allowed are 2 to {Most}.");
    }

    static DataException Bad(string file, int line, string what) => new($"{file}:{line}: {what}.");

    static Sprite? Row(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement row = document.RootElement;
            string? name = Text(row, "name"), picture = Text(row, "file");
            string[]? tags = Tags(row);
            return name is null || picture is null || tags is null || (Has(row, "plural") && Text(row, "plural") is null)
                ? null
                : new(name, Text(row, "plural") ?? name + "s", tags, picture);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    static string[]? Tags(JsonElement row)
    {
        if (!Has(row, "tags"))
        {
            return [];
        }
        JsonElement tags = row.GetProperty("tags");
        if (tags.ValueKind != JsonValueKind.Array || tags.GetArrayLength() > MaxTags)
        {
            return null;
        }
        string[] words = [.. tags.EnumerateArray().Select(Word).OfType<string>()];
        return words.Length == tags.GetArrayLength() ? words : null;
    }

    static bool Has(JsonElement row, string key) => row.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    static string? Text(JsonElement row, string key) => Has(row, key) ? Word(row.GetProperty(key)) : null;

    static string? Word(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && value.GetString()!.Trim() is { Length: >= 1 and <= Sprite.MaxName } word ? word : null;
}

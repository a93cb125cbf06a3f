using System.Text;
using System.Text.Json;

namespace Parti.Training.Data;

/// <summary>Manifests of one JSON object a line: <c>{"image": "a/b.png", "caption": "a dog"}</c>; a caption may be a list.</summary>
static class JsonLines
{
    /// <summary>The rows, blank lines left out.</summary>
    /// <exception cref="DataException">The file is not UTF-8 or cannot be read.</exception>
    internal static IEnumerable<ManifestRow> Read(string file)
    {
        using StreamReader reader = ManifestText.Open(file);
        for (long line = 1; ManifestText.Guarded(file, reader.ReadLine) is { } text; line++)
        {
            if (!string.IsNullOrWhiteSpace(text))
            {
                yield return Row(line, text);
            }
        }
    }

    static ManifestRow Row(long line, string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement? picture = CaptionText.Property(document.RootElement, ManifestListing.PictureNames);
            if (picture is not { ValueKind: JsonValueKind.String })
            {
                return new(line, "", default, $"has no text under any of the keys {string.Join(", ", ManifestListing.PictureNames)}");
            }
            CaptionResult captions = CaptionText.FromObject(document.RootElement);
            return new(line, picture.Value.GetString()!, captions);
        }
        catch (JsonException)
        {
            return new(line, "", default, "is no JSON object");
        }
    }
}

/// <summary>Opens manifests and turns what can go wrong in reading them into one line.</summary>
static class ManifestText
{
    internal static StreamReader Open(string file)
    {
        return Guarded(file, () => new StreamReader(file, new UTF8Encoding(false, throwOnInvalidBytes: true)));
    }

    internal static T Guarded<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (DecoderFallbackException error)
        {
            throw new DataException($"{file}: is not UTF-8; save it in that encoding.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{file}: cannot be read: {error.Message}", error);
        }
    }
}

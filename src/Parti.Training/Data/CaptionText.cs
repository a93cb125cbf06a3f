using System.Text;
using System.Text.Json;

namespace Parti.Training.Data;

/// <summary>A picture's captions, or what is wrong with them in words.</summary>
readonly record struct CaptionResult(string[] Captions, string? Fault)
{
    internal static CaptionResult Bad(string fault) => new([], fault);
}

/// <summary>Captions as files hold them: one a line, or a JSON list; blank ones do not count.</summary>
static class CaptionText
{
    /// <summary>Most bytes of a caption's file: a picture's caption is no book.</summary>
    internal const int MaxBytes = 1 << 20;

    /// <summary>Keys of JSON objects and columns of tables that hold a caption, the first one found counts.</summary>
    internal static readonly string[] Names = ["caption", "captions", "text"];

    static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The captions of one text.</summary>
    internal static string[] Lines(string text) => text.Split(['\n', '\r'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The captions of a text file's bytes.</summary>
    internal static CaptionResult FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxBytes)
        {
            return CaptionResult.Bad($"its caption has {bytes.Length} bytes, at most {MaxBytes} are read");
        }
        try
        {
            return new(Lines(Strict.GetString(WithoutMark(bytes))), null);
        }
        catch (DecoderFallbackException)
        {
            return CaptionResult.Bad("its caption is not UTF-8");
        }
    }

    /// <summary>The captions of a JSON file's bytes: an object with one of <see cref="Names"/>.</summary>
    internal static CaptionResult FromJsonBytes(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > MaxBytes)
        {
            return CaptionResult.Bad($"its JSON has {bytes.Length} bytes, at most {MaxBytes} are read");
        }
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes[(bytes.Length - WithoutMark(bytes.Span).Length)..]);
            return FromObject(document.RootElement);
        }
        catch (JsonException)
        {
            return CaptionResult.Bad("its caption is not JSON");
        }
    }

    /// <summary>The captions of a JSON object.</summary>
    internal static CaptionResult FromObject(JsonElement element) => Property(element, Names) switch
    {
        { ValueKind: JsonValueKind.String } text => new(Lines(text.GetString()!), null),
        { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String) =>
            new([.. list.EnumerateArray().SelectMany(one => Lines(one.GetString()!))], null),
        null => CaptionResult.Bad($"its JSON has none of the keys {string.Join(", ", Names)}"),
        _ => CaptionResult.Bad("its caption is neither a string nor a list of strings"),
    };

    /// <summary>The first of some properties that an object has, upper and lower case alike; null for none.</summary>
    internal static JsonElement? Property(JsonElement element, string[] names)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return null;
        }
        foreach (string name in names)
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && property.Value.ValueKind != JsonValueKind.Null)
                {
                    return property.Value;
                }
            }
        }
        return null;
    }

    static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes) => bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
}

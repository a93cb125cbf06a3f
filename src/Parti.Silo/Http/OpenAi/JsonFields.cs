using System.Text.Json;
using System.Text.Unicode;

namespace Parti.Silo.Http.OpenAi;

/// <summary>Fields of a JSON object.</summary>
internal sealed class JsonFields : RequestFields
{
    private const int MaxDepth = 16;
    private readonly JsonElement _root;

    private JsonFields(JsonElement root) => _root = root;

    /// <summary>Reads a body.</summary>
    /// <param name="body">UTF-8.</param>
    /// <exception cref="OpenAiException">It is no JSON object.</exception>
    internal static JsonFields Parse(ReadOnlyMemory<byte> body)
    {
        if (!Utf8.IsValid(body.Span))
        {
            throw Invalid("The body is not UTF-8.");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(body, new() { MaxDepth = MaxDepth });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new(document.RootElement.Clone())
                : throw Invalid("The body is JSON, but no object.");
        }
        catch (JsonException error)
        {
            throw Invalid($"The body is no JSON of at most {MaxDepth} levels (line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}).");
        }
    }

    /// <summary>A value as it is, or null where it is not given.</summary>
    internal JsonElement? Value(string name) =>
        _root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <inheritdoc/>
    internal override string? Text(string name) => Value(name) is { } value ? Text(value, name) : null;

    /// <summary>A value that must be a text.</summary>
    /// <exception cref="OpenAiException">It is none.</exception>
    internal static string Text(JsonElement value, string name)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            throw NotA("a text", name);
        }

        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair.
            throw new OpenAiException(name, $"{name} holds an escape that is no character; write it as UTF-8.");
        }
    }

    /// <inheritdoc/>
    internal override decimal? Whole(string name) => Value(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out decimal number) && decimal.IsInteger(number) ? number
        : throw NotA("a whole number", name);

    /// <inheritdoc/>
    internal override double? Number(string name) => Value(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) ? number
        : throw NotA("a number", name);

    /// <inheritdoc/>
    internal override bool? Flag(string name) => Value(name) is not { } value ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw NotA("true or false", name);

    private static OpenAiException Invalid(string message) =>
        new(new OpenAiError(Microsoft.AspNetCore.Http.StatusCodes.Status400BadRequest, "invalid_json", message + " Send one JSON object."));
}

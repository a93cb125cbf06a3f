using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Parti.Abstractions;
using Parti.Client;
using Parti.Silo.Http.Problems;

namespace Parti.Silo.Http.Jobs;

/// <summary>Reads the body of a submit: every field by name, unknown ones refused, every problem told at once.</summary>
internal static class JobRequestBody
{
    private const int ShownLength = 40;

    private static readonly Dictionary<string, Field> Fields = new(StringComparer.Ordinal)
    {
        ["prompt"] = new("a text", (request, value) => Text(value) is { } text ? request with { Prompt = text } : null),
        ["model"] = new("a model's name", (request, value) => Text(value) is { } text ? request with { Model = text } : null),
        ["n"] = new("a whole number, 1 to 64", (request, value) => Whole(value) is int n ? request with { N = n } : null),
        ["best_of"] = new("a whole number, 1 to 64", (request, value) => Whole(value) is int candidates ? request with { BestOf = candidates } : null),
        ["seed"] = new("a whole number, 0 to 18446744073709551615", (request, value) => Unsigned(value) is ulong seed ? request with { Seed = seed } : null),
        ["guidance_scale"] = new("a number, 0 to 50", (request, value) => Number(value) is double scale ? request with { GuidanceScale = scale } : null),
        ["temperature"] = new("a number, 0 to 10", (request, value) => Number(value) is double temperature ? request with { Temperature = temperature } : null),
        ["top_k"] = new("a whole number, 0 or above", (request, value) => Whole(value) is int k ? request with { TopK = k } : null),
        ["top_p"] = new("a number above 0 to 1", (request, value) => Number(value) is double p ? request with { TopP = p } : null),
        ["negative_prompt"] = new("a text", (request, value) => Text(value) is { } text ? request with { NegativePrompt = text } : null),
        ["size"] = new("an edge in pixels such as \"256\", or \"native\"", (request, value) => (Text(value) ?? Whole(value)?.ToString()) is { } size ? request with { Size = size } : null),
        ["output_format"] = new("one of png, jpeg, webp", (request, value) => Word<OutputFormat>(value) is { } format ? request with { OutputFormat = format } : null),
        ["webhook"] = new("an address, http://HOST/PATH or https://HOST/PATH", (request, value) => Text(value) is { } text ? request with { Webhook = text } : null),
        ["priority"] = new("one of low, normal, high", (request, value) => Word<JobPriority>(value) is { } priority ? request with { Priority = priority } : null),
    };

    /// <summary>Reads and checks the form of a body; what the values mean the job itself checks.</summary>
    /// <exception cref="InvalidRequestException">The body is no such request.</exception>
    /// <exception cref="BadHttpRequestException">It is longer than allowed, or not JSON by its content type.</exception>
    internal static async Task<GenerationRequest> ReadAsync(HttpContext context, long maxBytes)
    {
        if (!context.Request.HasJsonContentType())
        {
            throw new BadHttpRequestException("The body must be JSON; send it with Content-Type: application/json.", StatusCodes.Status415UnsupportedMediaType);
        }

        if (context.Request.ContentLength > maxBytes)
        {
            // Answered before the body is read: a limit that is hit while reading cuts the connection under a caller that still sends.
            throw new BadHttpRequestException($"The body is longer than {maxBytes} bytes, the most that is read.", StatusCodes.Status413PayloadTooLarge);
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = maxBytes;
        }

        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return Parse(body.GetBuffer().AsMemory(0, (int)body.Length));
    }

    /// <summary>Reads a request from JSON.</summary>
    /// <exception cref="InvalidRequestException">It is no such request.</exception>
    internal static GenerationRequest Parse(ReadOnlyMemory<byte> json)
    {
        // The parser looks at bytes of texts only when they are read, one by one: in a value, in a name, in a message about either.
        if (!Utf8.IsValid(json.Span))
        {
            throw ProblemAnswers.Parameter("body", "The body is not UTF-8; send JSON in UTF-8.");
        }

        using JsonDocument document = ParseJson(json);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw ProblemAnswers.Parameter("body", "The body is no JSON object; send for example {\"prompt\":\"a red circle\"}.");
        }

        List<RequestProblem> problems = [];
        HashSet<string> seen = [];
        GenerationRequest request = new() { Prompt = string.Empty };
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            request = Apply(request, property, seen, problems);
        }

        if (!seen.Contains("prompt"))
        {
            problems.Insert(0, new("prompt", "prompt is missing; say what to draw, for example \"a red circle\"."));
        }

        return problems.Count == 0 ? request : throw new InvalidRequestException(problems);
    }

    private static JsonDocument ParseJson(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonDocument.Parse(json, new() { MaxDepth = 8 });
        }
        catch (JsonException error)
        {
            throw ProblemAnswers.Parameter("body", $"The body is not JSON: {error.Message}");
        }
    }

    private static GenerationRequest Apply(GenerationRequest request, JsonProperty property, HashSet<string> seen, List<RequestProblem> problems)
    {
        string name = NameOf(property);
        if (!Fields.TryGetValue(name, out Field? field))
        {
            problems.Add(new(Shorten(name), $"{Shorten(name)} is no field of a job; allowed are {string.Join(", ", Fields.Keys)}."));
            return request;
        }

        if (!seen.Add(name))
        {
            problems.Add(new(name, $"{name} is given twice; give it once."));
            return request;
        }

        // A null is a field left out, but a job needs a prompt.
        if (property.Value.ValueKind == JsonValueKind.Null && name != "prompt")
        {
            return request;
        }

        if (field.Apply(request, property.Value) is { } applied)
        {
            return applied;
        }

        problems.Add(new(name, $"{name} is {Shorten(property.Value.GetRawText())}, allowed is {field.Allowed}."));
        return request;
    }

    private static string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return "(a name that is no text)";
        }
    }

    private static string? Text(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair is valid JSON and no text.
            return null;
        }
    }

    private static int? Whole(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : null;

    private static ulong? Unsigned(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out ulong number) ? number : null;

    private static double? Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) ? number : null;

    private static T? Word<T>(JsonElement value)
        where T : struct, Enum => Words.TryParse(Text(value), out T word) ? word : null;

    private static string Shorten(string text) => text.Length <= ShownLength ? text : text[..ShownLength] + "…";

    /// <summary>A field of the body.</summary>
    /// <param name="Allowed">What it may be, in words.</param>
    /// <param name="Apply">The request with it, or null where the value is of another kind.</param>
    private sealed record Field(string Allowed, Func<GenerationRequest, JsonElement, GenerationRequest?> Apply);
}

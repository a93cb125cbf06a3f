using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Parti.Silo.Http.OpenAi;

/// <summary>The body of an edit or a variation: a form with files, or JSON with the pictures in data URLs.</summary>
/// <param name="Fields">The other fields.</param>
/// <param name="Image">File of the picture.</param>
/// <param name="Mask">File of the mask, or null.</param>
/// <param name="Fingerprint">SHA-256 of all of it; a form's boundary does not count, as a retry has another.</param>
internal sealed record EditBody(RequestFields Fields, byte[] Image, byte[]? Mask, string Fingerprint)
{
    private const int FormOverhead = 1 << 20;
    private static readonly string[] ImageNames = ["image", "image[]"];

    /// <summary>Reads a body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="most">Longest file in bytes.</param>
    /// <exception cref="OpenAiException">It cannot be used as given.</exception>
    internal static Task<EditBody> ReadAsync(HttpRequest request, int most)
    {
        if (RequestBodies.IsForm(request))
        {
            return ReadFormAsync(request, most);
        }

        return RequestBodies.IsJson(request) ? ReadJsonAsync(request, most) : throw RequestBodies.OtherKind("multipart/form-data or application/json");
    }

    private static async Task<EditBody> ReadFormAsync(HttpRequest request, int most)
    {
        IFormCollection form = await RequestBodies.ReadFormAsync(request, (2L * most) + FormOverhead);
        List<IFormFile> images = [.. form.Files.Where(file => ImageNames.Contains(file.Name, StringComparer.Ordinal))];
        IFormFile image = images.Count == 1 ? images[0] : throw NotOne(images.Count);
        IFormFile? mask = form.Files.GetFile("mask");
        CancellationToken aborted = request.HttpContext.RequestAborted;
        byte[] imageBytes = await RequestBodies.ReadFileAsync(image, "image", most, aborted);
        byte[]? maskBytes = mask is null ? null : await RequestBodies.ReadFileAsync(mask, "mask", most, aborted);
        IEnumerable<byte[]> fields = form.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => Encoding.UTF8.GetBytes($"{field.Key}={field.Value}"));
        return new(new FormFields(form), imageBytes, maskBytes, RequestBodies.Fingerprint([.. fields, imageBytes, maskBytes ?? []]));
    }

    private static async Task<EditBody> ReadJsonAsync(HttpRequest request, int most)
    {
        byte[] body = await RequestBodies.ReadAsync(request, (2L * most / 3 * 4) + FormOverhead);
        JsonFields fields = JsonFields.Parse(body);
        return new(fields, Decode(OneImage(fields), "image", most), fields.Value("mask") is { } mask ? Decode(mask, "mask", most) : null, RequestBodies.Fingerprint(body));
    }

    private static JsonElement OneImage(JsonFields fields)
    {
        if (fields.Value("image") is { } image)
        {
            return image;
        }

        if (fields.Value("images") is not { ValueKind: JsonValueKind.Array } images)
        {
            throw NotOne(0);
        }

        return images.GetArrayLength() == 1 ? images[0] : throw NotOne(images.GetArrayLength());
    }

    private static OpenAiException NotOne(int count) =>
        new("image", $"{count} pictures are given in image; give one.", count == 0 ? "missing_required_parameter" : "invalid_value");

    // A data URL, by itself or as image_url of an object. Other URLs are never fetched, as that would make the server ask others in its own name.
    private static byte[] Decode(JsonElement value, string name, int most)
    {
        JsonElement url = value.ValueKind == JsonValueKind.Object && value.TryGetProperty("image_url", out JsonElement inner) ? inner : value;
        string text = url.ValueKind == JsonValueKind.String ? JsonFields.Text(url, name) : string.Empty;
        int comma = text.IndexOf(";base64,", StringComparison.Ordinal);
        if (!text.StartsWith("data:image/", StringComparison.Ordinal) || comma < 0)
        {
            throw new OpenAiException(name, $"{name} is no data URL; send data:image/png;base64,… or a multipart form.");
        }

        ReadOnlySpan<char> base64 = text.AsSpan(comma + ";base64,".Length);
        if (base64.Length / 4 * 3 > most)
        {
            throw RequestBodies.TooLong(name, base64.Length / 4 * 3, most);
        }

        byte[] bytes = new byte[(base64.Length / 4 * 3) + 3];
        return Convert.TryFromBase64Chars(base64, bytes, out int length)
            ? bytes[..length]
            : throw new OpenAiException(name, $"{name} is no base64; send the file's bytes in base64.");
    }
}

using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Parti.Silo.Http.OpenAi;

/// <summary>Reads bodies within limits.</summary>
internal static class RequestBodies
{
    private const int MaxFields = 64;
    private const int MaxFieldBytes = 256 * 1024;
    private const int MemoryBytes = 64 * 1024;

    /// <summary>Whether the body says that it is JSON.</summary>
    internal static bool IsJson(HttpRequest request) => Is(request, "application/json");

    /// <summary>Whether the body says that it is a form with files.</summary>
    internal static bool IsForm(HttpRequest request) => Is(request, "multipart/form-data");

    /// <summary>A body of a kind that the route does not read.</summary>
    internal static OpenAiException OtherKind(string allowed) => new(new OpenAiError(
        StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", $"The body's content type is not one that this route reads; send {allowed}."));

    /// <summary>The whole body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="most">Longest body in bytes.</param>
    /// <exception cref="BadHttpRequestException">The body is longer, or cut off.</exception>
    internal static async Task<byte[]> ReadAsync(HttpRequest request, long most)
    {
        Limit(request, most);
        using MemoryStream body = new();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        return body.ToArray();
    }

    /// <summary>The body as a form; files above a little go to temporary files, which end with the request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="most">Longest body in bytes.</param>
    /// <exception cref="OpenAiException">It is no form, or has too much in it.</exception>
    internal static async Task<IFormCollection> ReadFormAsync(HttpRequest request, long most)
    {
        Limit(request, most);
        FormOptions options = new()
        {
            ValueCountLimit = MaxFields,
            ValueLengthLimit = MaxFieldBytes,
            KeyLengthLimit = 256,
            MultipartBodyLengthLimit = most,
            MultipartHeadersCountLimit = 16,
            MultipartHeadersLengthLimit = 4096,
            MemoryBufferThreshold = MemoryBytes,
        };
        try
        {
            return await new FormFeature(request, options).ReadFormAsync(request.HttpContext.RequestAborted);
        }
        catch (Exception error) when (error is InvalidDataException or ArgumentException or NotSupportedException || (error is IOException and not BadHttpRequestException))
        {
            throw new OpenAiException(new OpenAiError(
                StatusCodes.Status400BadRequest, "invalid_form", $"The body is no whole multipart form of at most {MaxFields} fields; send it again."));
        }
    }

    /// <summary>The bytes of an uploaded file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">The field's name.</param>
    /// <param name="most">Longest file in bytes.</param>
    /// <param name="cancellationToken">Gives up reading.</param>
    /// <exception cref="OpenAiException">It is longer.</exception>
    internal static async Task<byte[]> ReadFileAsync(IFormFile file, string name, int most, CancellationToken cancellationToken)
    {
        if (file.Length > most)
        {
            throw TooLong(name, file.Length, most);
        }

        byte[] bytes = new byte[file.Length];
        await using Stream stream = file.OpenReadStream();
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }

    /// <summary>A file that is longer than allowed.</summary>
    internal static OpenAiException TooLong(string name, long length, int most) => new(new OpenAiError(
        StatusCodes.Status413PayloadTooLarge, "file_too_large", $"{name} has {length} bytes, allowed are at most {most}; send a smaller file.", name));

    /// <summary>SHA-256 over parts, each with its length, so that no two lists of parts look alike.</summary>
    internal static string Fingerprint(params IEnumerable<byte[]> parts)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (byte[] part in parts)
        {
            hash.AppendData(BitConverter.GetBytes(part.Length));
            hash.AppendData(part);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Limit(HttpRequest request, long most)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = most;
        }
    }

    private static bool Is(HttpRequest request, string type) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? media) && media.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase);
}

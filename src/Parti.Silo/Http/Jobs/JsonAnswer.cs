using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Parti.Silo.Http.Jobs;

/// <summary>
/// A small answer as JSON, written in one piece: with its length, and without the machinery for bodies that have to be flushed on the way,
/// which costs as much as all the rest of the writing.
/// </summary>
/// <param name="value">What is answered.</param>
/// <param name="type">How it is written.</param>
/// <param name="status">HTTP status.</param>
internal sealed class JsonAnswer<T>(T value, JsonTypeInfo<T> type, int status) : IResult
{
    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(value, type);
        HttpResponse response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, httpContext.RequestAborted);
    }
}

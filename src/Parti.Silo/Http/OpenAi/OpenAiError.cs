using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Parti.Silo.Http.OpenAi;

/// <summary>OpenAI's error object, which the official clients turn into their exceptions. All four keys are always there.</summary>
/// <param name="Status">HTTP status; it decides the <c>type</c>.</param>
/// <param name="Code">Stable code in snake_case.</param>
/// <param name="Message">One line that names the parameter, its range and the way out.</param>
/// <param name="Param">The parameter at fault, or null.</param>
internal sealed record OpenAiError(int Status, string Code, string Message, string? Param = null) : IResult
{
    /// <summary>Below this path errors have this form.</summary>
    internal const string Path = "/v1";

    /// <summary>The error as JSON.</summary>
    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(new ErrorBody(new(Message, Type, Param, Code)), OpenAiJson.Default.ErrorBody);

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = Status;
        httpContext.Response.ContentType = "application/json";
        return httpContext.Response.Body.WriteAsync(ToJson(), httpContext.RequestAborted).AsTask();
    }

    private string Type => Status switch
    {
        StatusCodes.Status401Unauthorized => "authentication_error",
        StatusCodes.Status403Forbidden => "permission_error",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        >= StatusCodes.Status500InternalServerError => "server_error",
        _ => "invalid_request_error",
    };
}

/// <summary>Ends a request with an error.</summary>
/// <param name="error">The error.</param>
internal sealed class OpenAiException(OpenAiError error) : Exception(error.Message)
{
    /// <summary>A parameter that cannot be used as given.</summary>
    internal OpenAiException(string param, string message, string code = "invalid_value")
        : this(new OpenAiError(StatusCodes.Status400BadRequest, code, message, param))
    {
    }

    /// <summary>The error.</summary>
    internal OpenAiError Error { get; } = error;
}

using System.Globalization;
using Microsoft.AspNetCore.Http;
using Parti.Silo.Http.OpenAi;
using Parti.Silo.Http.Problems;

namespace Parti.Silo.Http.Security;

/// <summary>Why a request is turned away before a route sees it.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Stable code in snake_case.</param>
/// <param name="Message">One line with the way out.</param>
internal sealed record Refusal(int Status, string Code, string Message);

/// <summary>Tells a refusal in the words of the interface that was asked.</summary>
internal static class Refusals
{
    /// <summary>A refusal for want of a key.</summary>
    internal static Refusal Unauthorized(string code, string message) => new(StatusCodes.Status401Unauthorized, code, message);

    /// <summary>A refusal for too much.</summary>
    internal static Refusal TooMany(string message) => new(StatusCodes.Status429TooManyRequests, "rate_limit_exceeded", message);

    /// <summary>Writes it: OpenAI's error object below <c>/v1</c>, problem details elsewhere.</summary>
    internal static Task WriteAsync(HttpContext context, Refusal refusal)
    {
        if (context.Request.Path.StartsWithSegments(OpenAiError.Path))
        {
            return new OpenAiError(refusal.Status, refusal.Code, refusal.Message).ExecuteAsync(context);
        }

        return ProblemAnswers.Of(refusal.Status, refusal.Code, refusal.Message).ExecuteAsync(context);
    }

    /// <summary>Says when another try makes sense, exactly and in whole seconds.</summary>
    internal static void SetRetryAfter(HttpResponse response, TimeSpan after)
    {
        double milliseconds = Math.Max(1, Math.Ceiling(after.TotalMilliseconds));
        response.Headers["retry-after-ms"] = milliseconds.ToString(CultureInfo.InvariantCulture);
        response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(after.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
    }
}

using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Parti.Silo.Http.OpenAi;

/// <summary>A failure below <c>/v1</c> that nobody foresaw: the client hears that there was one and by which name to ask for it, and nothing of its inside.</summary>
internal sealed class UnforeseenFailures : IExceptionHandler
{
    /// <inheritdoc/>
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (!httpContext.Request.Path.StartsWithSegments(OpenAiError.Path))
        {
            return false;
        }

        OpenAiError error = OpenAiFailures.Of(exception)
            ?? new(StatusCodes.Status500InternalServerError, "internal_error", "The server failed at this request; give its operator the x-request-id of this answer.");
        await error.ExecuteAsync(httpContext);
        return true;
    }
}

using Microsoft.AspNetCore.Http;
using Parti.Abstractions;
using Parti.Client;
using Parti.Silo.Http.Security;

namespace Parti.Silo.Http.Problems;

/// <summary>
/// What went wrong, as problem details (RFC 9457). Beside the standard members each has <c>code</c>, a stable word in
/// snake_case, and where parameters are at fault <c>errors</c>, a list of <c>parameter</c> and <c>message</c>.
/// </summary>
internal static class ProblemAnswers
{
    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);

    /// <summary>A problem in one line.</summary>
    internal static IResult Of(int status, string code, string detail, IReadOnlyList<RequestProblem>? errors = null)
    {
        Dictionary<string, object?> more = new() { ["code"] = code };
        if (errors is not null)
        {
            more["errors"] = errors;
        }

        return Results.Problem(detail, statusCode: status, extensions: more);
    }

    /// <summary>Gives problems that the framework found, before any route ran, a code and a way out as well.</summary>
    internal static void Complete(ProblemDetailsContext context)
    {
        (string code, string detail) = Describe(context.HttpContext.Response.StatusCode);
        context.ProblemDetails.Extensions.TryAdd("code", code);
        context.ProblemDetails.Detail ??= detail;
    }

    /// <summary>The problem behind a bare status of the framework; JSON whatever the caller says to accept, as all problems of routes are.</summary>
    internal static IResult Of(int status)
    {
        (string code, string detail) = Describe(status);
        return Of(status, code, detail);
    }

    /// <summary>One parameter that cannot be used as given.</summary>
    internal static InvalidRequestException Parameter(string parameter, string message) => new([new(parameter, message)]);

    /// <summary>The problem behind a failed call.</summary>
    internal static IResult Of(PartiException error, HttpResponse response)
    {
        switch (error)
        {
            case InvalidRequestException invalid:
                return Of(StatusCodes.Status400BadRequest, error.Code, error.Message, invalid.Problems);
            case PartiBusyException busy:
                Refusals.SetRetryAfter(response, busy.RetryAfter);
                return Of(StatusCodes.Status429TooManyRequests, error.Code, error.Message);
            case QuotaExceededException quota:
                Refusals.SetRetryAfter(response, quota.RetryAfter);
                return Of(StatusCodes.Status429TooManyRequests, error.Code, error.Message);
            case JobNotFoundException:
                return Of(StatusCodes.Status404NotFound, error.Code, error.Message);
            case JobConflictException or JobStateException:
                return Of(StatusCodes.Status409Conflict, error.Code, error.Message);
            default:
                Refusals.SetRetryAfter(response, RetrySoon);
                return Of(StatusCodes.Status503ServiceUnavailable, error.Code, error.Message);
        }
    }

    private static (string Code, string Detail) Describe(int status) => status switch
    {
        StatusCodes.Status404NotFound => ("not_found", "There is nothing at this address; /docs lists the routes."),
        StatusCodes.Status405MethodNotAllowed => ("method_not_allowed", "This address does not take this method; the header Allow lists those it takes."),
        StatusCodes.Status415UnsupportedMediaType => ("bad_request", "The body's content type is not one that this route reads; send application/json."),
        >= StatusCodes.Status500InternalServerError => ("internal_error", "The server failed; its log has the cause under this trace_id."),
        _ => ("bad_request", "The request cannot be read; /docs lists the routes and what they take."),
    };
}

using System.Globalization;
using Microsoft.AspNetCore.Http;
using Parti.Abstractions;
using Parti.Client;

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
                SetRetryAfter(response, busy.RetryAfter);
                return Of(StatusCodes.Status429TooManyRequests, error.Code, error.Message);
            case JobNotFoundException:
                return Of(StatusCodes.Status404NotFound, error.Code, error.Message);
            case JobConflictException or JobStateException:
                return Of(StatusCodes.Status409Conflict, error.Code, error.Message);
            default:
                SetRetryAfter(response, RetrySoon);
                return Of(StatusCodes.Status503ServiceUnavailable, error.Code, error.Message);
        }
    }

    private static void SetRetryAfter(HttpResponse response, TimeSpan after) =>
        response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(after.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
}

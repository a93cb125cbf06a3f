using Microsoft.AspNetCore.Http;
using Parti.Client;
using Parti.Grains.Storage;

namespace Parti.Silo.Http.Problems;

/// <summary>Turns the failures that a route may meet into problem details.</summary>
internal sealed class ProblemFilter : IEndpointFilter
{
    /// <inheritdoc/>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (PartiException error)
        {
            return ProblemAnswers.Of(error, context.HttpContext.Response);
        }
        catch (ResultStoreException error)
        {
            return ProblemAnswers.Of(StatusCodes.Status503ServiceUnavailable, error.Code, error.Message);
        }
        catch (BadHttpRequestException error)
        {
            return ProblemAnswers.Of(error.StatusCode, error.StatusCode == StatusCodes.Status413PayloadTooLarge ? "body_too_large" : "bad_request", error.Message);
        }
        catch (OperationCanceledException) when (context.HttpContext.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone; nobody reads an answer.
            return Results.Empty;
        }
    }
}

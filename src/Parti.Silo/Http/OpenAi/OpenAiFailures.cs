using Microsoft.AspNetCore.Http;
using Parti.Abstractions;
using Parti.Client;
using Parti.Grains.Storage;
using Parti.Silo.Http.Security;

namespace Parti.Silo.Http.OpenAi;

/// <summary>Turns the failures that a route may meet into OpenAI's errors and headers.</summary>
internal sealed class OpenAiFailures : IEndpointFilter
{
    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (OperationCanceledException) when (context.HttpContext.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone; nobody reads an answer.
            return Results.Empty;
        }
        catch (Exception error) when (Of(error) is { } known)
        {
            SetRetryAfter(context.HttpContext.Response, error);
            return known;
        }
    }

    /// <summary>What the client is told; null for a failure that nobody foresaw.</summary>
    internal static OpenAiError? Of(Exception error) => error switch
    {
        OpenAiException own => own.Error,
        InvalidRequestException invalid => Of(invalid.Problems[0]),
        PartiBusyException or QuotaExceededException => Of(StatusCodes.Status429TooManyRequests, (PartiException)error),
        JobNotFoundException => Of(StatusCodes.Status404NotFound, (PartiException)error),
        JobConflictException or JobStateException or JobCanceledException => Of(StatusCodes.Status409Conflict, (PartiException)error),
        JobFailedException => Of(StatusCodes.Status500InternalServerError, (PartiException)error),
        PartiException other => Of(StatusCodes.Status503ServiceUnavailable, other),
        ResultStoreException store => new(StatusCodes.Status503ServiceUnavailable, store.Code, store.Message),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } =>
            new(StatusCodes.Status413PayloadTooLarge, "body_too_large", "The body is longer than this route reads; send a shorter one."),
        BadHttpRequestException bad => new(bad.StatusCode, "bad_request", "The body cannot be read; send it again, whole."),
        _ => null,
    };

    private static OpenAiError Of(int status, PartiException error) => new(status, error.Code, error.Message);

    private static OpenAiError Of(RequestProblem problem) => problem.Parameter == "model"
        ? new(StatusCodes.Status404NotFound, "model_not_found", problem.Message, problem.Parameter)
        : new(StatusCodes.Status400BadRequest, "invalid_value", problem.Message, problem.Parameter);

    private static void SetRetryAfter(HttpResponse response, Exception error)
    {
        TimeSpan? after = error switch
        {
            PartiBusyException busy => busy.RetryAfter,
            QuotaExceededException quota => quota.RetryAfter,
            PartiUnavailableException or ResultStoreException => RetrySoon,
            _ => null,
        };
        if (after is { } wait)
        {
            Refusals.SetRetryAfter(response, wait);
        }
    }
}

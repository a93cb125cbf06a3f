using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Parti.Abstractions;

namespace Parti.Client;

/// <summary>Problem details (RFC 9457) as the server sends them.</summary>
internal sealed record ServerProblem
{
    /// <summary>One line.</summary>
    public string? Detail { get; init; }

    /// <summary>Stable code in snake_case.</summary>
    public string? Code { get; init; }

    /// <summary>The parameters at fault.</summary>
    public IReadOnlyList<RequestProblem>? Errors { get; init; }

    /// <summary>The exception for an answer that is no success.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="job">The job that the call was about; null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task<PartiException> ReadAsync(HttpResponseMessage answer, string? job, CancellationToken cancellationToken)
    {
        ServerProblem problem = await ParseAsync(answer, cancellationToken);
        string message = problem.Detail ?? $"The server answers {(int)answer.StatusCode} {answer.ReasonPhrase}.";
        switch (answer.StatusCode)
        {
            case HttpStatusCode.NotFound when problem.Code == "job_not_found" && job is not null:
                return new JobNotFoundException(job);
            case HttpStatusCode.Conflict when problem.Code == "job_conflict" && job is not null:
                return new JobConflictException(job);
            case HttpStatusCode.Conflict:
                return new JobStateException(message);
            case HttpStatusCode.TooManyRequests:
                return new PartiBusyException(answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1));
            case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden:
                return new PartiAccessException(problem.Code ?? "unauthorized", message);
            case >= HttpStatusCode.InternalServerError:
                return new PartiUnavailableException(problem.Code ?? "server_failed", message);
            default:
                return new InvalidRequestException(problem.Errors ?? [new(problem.Code ?? "request", message)]);
        }
    }

    private static async Task<ServerProblem> ParseAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        try
        {
            await using Stream body = await answer.Content.ReadAsStreamAsync(cancellationToken);
            return await JsonSerializer.DeserializeAsync(body, ProblemJson.Default.ServerProblem, cancellationToken) ?? new();
        }
        catch (JsonException)
        {
            // A proxy between us and the server speaks in pages.
            return new();
        }
    }
}

/// <summary>JSON of problems.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ServerProblem))]
internal sealed partial class ProblemJson : JsonSerializerContext;

using System.Net.Http.Headers;

namespace Parti.Client;

/// <summary>One idempotent request, made anew for each try.</summary>
/// <param name="Method">Verb.</param>
/// <param name="Path">Path relative to the server's address, with its query.</param>
internal sealed record HttpCall(HttpMethod Method, string Path)
{
    private static readonly ProductInfoHeaderValue UserAgent = new("Parti.Client", typeof(HttpCall).Assembly.GetName().Version?.ToString(3));

    /// <summary>JSON to send; null for none.</summary>
    internal byte[]? Body { get; init; }

    /// <summary>The job it is about, for errors; null for none.</summary>
    internal string? Job { get; init; }

    /// <summary>Whether "not there" is an answer rather than an error; a missing job stays one.</summary>
    internal bool MayBeMissing { get; init; }

    /// <summary>The last event already seen; 0 for none.</summary>
    internal long LastEventId { get; init; }

    /// <summary>The request.</summary>
    /// <param name="apiKey">Who asks.</param>
    internal HttpRequestMessage ToMessage(string? apiKey)
    {
        HttpRequestMessage message = new(Method, Path);
        message.Headers.UserAgent.Add(UserAgent);
        if (apiKey is not null)
        {
            message.Headers.Authorization = new("Bearer", apiKey);
        }

        if (LastEventId > 0)
        {
            message.Headers.TryAddWithoutValidation("Last-Event-ID", $"{LastEventId}");
        }

        if (Body is not null)
        {
            message.Content = new ByteArrayContent(Body);
            message.Content.Headers.ContentType = new("application/json");
        }

        return message;
    }
}

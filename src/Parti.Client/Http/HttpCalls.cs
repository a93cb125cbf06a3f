using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Parti.Client;

/// <summary>Makes calls until they are answered, and turns refusals into exceptions.</summary>
/// <param name="http">The connections.</param>
/// <param name="options">Patience and key.</param>
/// <param name="time">The clock.</param>
internal sealed class HttpCalls(HttpClient http, PartiClientOptions options, TimeProvider time)
{
    /// <summary>Silence after which a stream counts as cut.</summary>
    internal TimeSpan StreamTimeout => options.StreamTimeout;

    /// <summary>The clock.</summary>
    internal TimeProvider Time => time;

    /// <summary>Makes a call whose answer is JSON.</summary>
    internal Task<T> JsonAsync<T>(HttpCall call, JsonTypeInfo<T> type, CancellationToken cancellationToken) => SendAsync(
        call,
        async (answer, token) =>
        {
            await using Stream body = await answer.Content.ReadAsStreamAsync(token);
            return await JsonSerializer.DeserializeAsync(body, type, token) ?? throw new JsonException("The answer is empty.");
        },
        cancellationToken);

    /// <summary>Makes a call and reads its answer, again while its fate is unknown.</summary>
    /// <param name="call">What to ask.</param>
    /// <param name="read">Reads an answer of success.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PartiException">The server refuses, or none answers.</exception>
    internal async Task<T> SendAsync<T>(HttpCall call, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            using CancellationTokenSource limit = new(options.CallTimeout, time);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            try
            {
                using HttpResponseMessage answer = await OpenAsync(call, either.Token);
                return await read(answer, either.Token);
            }
            catch (Exception error) when (IsTransient(error) && !cancellationToken.IsCancellationRequested)
            {
                await BackOffAsync(attempt, error, cancellationToken);
            }
            catch (JsonException error)
            {
                throw new PartiUnavailableException("not_a_server", $"{http.BaseAddress} answers, but not as a Parti server does ({error.Message}); check the address.", error);
            }
        }
    }

    /// <summary>Makes one try of a call; the caller reads and disposes of the answer.</summary>
    /// <exception cref="PartiException">The server refuses.</exception>
    /// <exception cref="TransientException">The server cannot take it now.</exception>
    internal async Task<HttpResponseMessage> OpenAsync(HttpCall call, CancellationToken cancellationToken)
    {
        using HttpRequestMessage message = call.ToMessage(options.ApiKey);
        HttpResponseMessage answer = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (answer.IsSuccessStatusCode)
        {
            return answer;
        }

        PartiException refusal = await ServerProblem.ReadAsync(answer, call.Job, cancellationToken);
        if (call.MayBeMissing && answer.StatusCode == HttpStatusCode.NotFound && refusal is not JobNotFoundException)
        {
            return answer;
        }

        using (answer)
        {
            bool passing = answer.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;
            throw passing ? new TransientException(refusal) : refusal;
        }
    }

    /// <summary>Waits before the next try, or gives up.</summary>
    internal async Task BackOffAsync(int attempt, Exception error, CancellationToken cancellationToken)
    {
        if (attempt >= options.MaxTries)
        {
            throw error is TransientException { Refusal: var refusal }
                ? refusal
                : new PartiUnavailableException("unreachable", $"No server answers at {http.BaseAddress} ({Cause(error)}); check the address and that it runs.", error);
        }

        await Task.Delay(TimeSpan.FromMilliseconds(50 << Math.Min(attempt, 6)), time, cancellationToken);
    }

    /// <summary>Whether the same call may succeed a moment later.</summary>
    internal static bool IsTransient(Exception error) =>
        error is HttpRequestException or IOException or TransientException or OperationCanceledException;

    private static string Cause(Exception error) => error is OperationCanceledException ? "no answer in time" : error.Message.TrimEnd('.');
}

/// <summary>The server said that it cannot take a call now.</summary>
/// <param name="refusal">In its words.</param>
internal sealed class TransientException(PartiException refusal) : Exception(refusal.Message, refusal)
{
    /// <summary>In its words.</summary>
    internal PartiException Refusal => refusal;
}

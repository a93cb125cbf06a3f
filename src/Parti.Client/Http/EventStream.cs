using Parti.Abstractions;

namespace Parti.Client;

/// <summary>One connection to a job's events; remembers why it ended.</summary>
/// <param name="call">What to ask.</param>
/// <param name="calls">The way to the server.</param>
internal sealed class EventStream(HttpCall call, HttpCalls calls) : IAsyncDisposable
{
    private HttpResponseMessage? _answer;
    private EventReader? _reader;

    /// <summary>Why the stream broke; null where it ended in order.</summary>
    internal Exception? Failure { get; private set; }

    /// <summary>The next event, or null when the stream is over.</summary>
    /// <exception cref="PartiException">The server refuses to show the events.</exception>
    internal async Task<JobEvent?> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            _reader ??= await OpenAsync(cancellationToken);
            return await _reader.NextAsync(cancellationToken);
        }
        catch (Exception error) when (HttpCalls.IsTransient(error) && !cancellationToken.IsCancellationRequested)
        {
            Failure = error;
            return null;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _reader?.Dispose();
        _answer?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<EventReader> OpenAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(calls.StreamTimeout, calls.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        _answer = await calls.OpenAsync(call, either.Token);
        return new(await _answer.Content.ReadAsStreamAsync(cancellationToken), calls.StreamTimeout, calls.Time);
    }
}

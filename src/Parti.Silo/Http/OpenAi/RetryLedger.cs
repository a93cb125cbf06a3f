using Parti.Abstractions;

namespace Parti.Silo.Http.OpenAi;

/// <summary>
/// Recognises the clients' own retries. They carry no idempotency key, only <c>X-Stainless-Retry-Count</c>: an identical request
/// with it takes up the job of an earlier one whose connection is gone, so that nothing is generated twice. Kept in this
/// process for a while.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class RetryLedger(TimeProvider time)
{
    private const int MostEntries = 4096;
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly LinkedList<Entry> _entries = new();

    /// <summary>Takes up an abandoned job of the same request, or names a new one.</summary>
    /// <param name="fingerprint">Whose request it is and what it asks for.</param>
    /// <param name="isRetry">Whether the client says that it asked before.</param>
    /// <param name="cancellationToken">Gives up waiting for the earlier connection's end.</param>
    internal async Task<RetryClaim> ClaimAsync(string fingerprint, bool isRetry, CancellationToken cancellationToken)
    {
        if (isRetry && Earlier(fingerprint) is { Length: > 0 } earlier)
        {
            await AnyReleasedAsync(earlier, cancellationToken);
        }

        lock (_lock)
        {
            DropOld();
            Entry? abandoned = isRetry ? _entries.FirstOrDefault(entry => entry.Fingerprint == fingerprint && entry.Released.Task.IsCompleted) : null;
            if (abandoned is not null)
            {
                _entries.Remove(abandoned);
            }

            Entry entry = new(fingerprint, abandoned?.JobId ?? JobKey.NewId(time), time.GetTimestamp());
            _entries.AddLast(entry);
            return new(entry, abandoned is not null);
        }
    }

    private Entry[] Earlier(string fingerprint)
    {
        lock (_lock)
        {
            return [.. _entries.Where(entry => entry.Fingerprint == fingerprint)];
        }
    }

    // The server may notice later than the client that their connection broke.
    private async Task AnyReleasedAsync(Entry[] entries, CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAny(entries.Select(entry => entry.Released.Task)).WaitAsync(Patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // All of them are still being answered: this one is a request of its own.
        }
    }

    private void DropOld()
    {
        while (_entries.First is { } first && (_entries.Count >= MostEntries || time.GetElapsedTime(first.Value.At) > Kept))
        {
            _entries.RemoveFirst();
        }
    }

    /// <summary>One request that made a job.</summary>
    internal sealed record Entry(string Fingerprint, string JobId, long At)
    {
        internal TaskCompletionSource Released { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>The right to answer for a job, until disposed of.</summary>
/// <param name="entry">The request.</param>
/// <param name="again">Whether an earlier request made the job.</param>
internal sealed class RetryClaim(RetryLedger.Entry entry, bool again) : IDisposable
{
    /// <summary>Id of the job.</summary>
    internal string JobId => entry.JobId;

    /// <summary>Whether an earlier request made the job.</summary>
    internal bool Again => again;

    /// <inheritdoc/>
    public void Dispose() => entry.Released.TrySetResult();
}

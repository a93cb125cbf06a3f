using Parti.Abstractions;

namespace Parti.Silo.Http.OpenAi;

/// <summary>
/// Recognises the clients' own retries. They carry no idempotency key, only <c>X-Stainless-Retry-Count</c>: an identical request
/// with it takes up the job of the latest one whose client went away before its answer, so that nothing is generated twice. Kept in
/// this process for a while.
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
            await AnyEndedAsync(earlier, cancellationToken);
        }

        lock (_lock)
        {
            DropOld();
            Entry? abandoned = isRetry ? _entries.LastOrDefault(entry => entry.Fingerprint == fingerprint && entry.Ended.Task.IsCompleted) : null;
            if (abandoned is not null)
            {
                _entries.Remove(abandoned);
            }

            Entry entry = new(fingerprint, abandoned?.JobId ?? JobKey.NewId(time), time.GetTimestamp());
            _entries.AddLast(entry);
            return new(this, entry, abandoned is not null);
        }
    }

    /// <summary>Ends a request: one that was answered is forgotten, an abandoned one waits for its retry.</summary>
    internal void End(Entry entry, bool abandoned)
    {
        lock (_lock)
        {
            if (!abandoned)
            {
                _entries.Remove(entry);
            }
        }

        entry.Ended.TrySetResult();
    }

    private Entry[] Earlier(string fingerprint)
    {
        lock (_lock)
        {
            return [.. _entries.Where(entry => entry.Fingerprint == fingerprint)];
        }
    }

    // The server may notice later than the client that their connection broke.
    private async Task AnyEndedAsync(Entry[] entries, CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAny(entries.Select(entry => entry.Ended.Task)).WaitAsync(Patience, time, cancellationToken);
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
        internal TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>The right to answer for a job, until disposed of.</summary>
/// <param name="ledger">Where the request is kept.</param>
/// <param name="entry">The request.</param>
/// <param name="takesUp">Whether the job was made by an earlier request.</param>
internal sealed class RetryClaim(RetryLedger ledger, RetryLedger.Entry entry, bool takesUp) : IDisposable
{
    private bool _abandoned;

    /// <summary>Id of the job.</summary>
    internal string JobId => entry.JobId;

    /// <summary>Whether the job was made by an earlier request.</summary>
    internal bool TakesUp => takesUp;

    /// <summary>The client went away before its answer.</summary>
    internal void Abandon() => _abandoned = true;

    /// <inheritdoc/>
    public void Dispose() => ledger.End(entry, _abandoned);
}

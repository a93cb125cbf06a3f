namespace Parti.Grains.Jobs;

/// <summary>
/// Writes a state that changes faster than it can be written: never two writes at once, and one write covers all changes
/// made before it began. Not thread-safe; lives on its grain's scheduler.
/// </summary>
/// <param name="write">Writes the state as it is at the moment of the call.</param>
/// <param name="interval">Least time between lazy writes.</param>
/// <param name="time">The clock.</param>
public sealed class CoalescingWriter(Func<Task> write, TimeSpan interval, TimeProvider time)
{
    private long _changes;
    private long _written;
    private Task? _writing;
    private bool _lazyRuns;

    /// <summary>Whether something is not written yet.</summary>
    public bool IsDirty => _written < _changes;

    /// <summary>Returns when the state as it is now has been written.</summary>
    public async Task WriteAsync()
    {
        long mine = ++_changes;
        while (_written < mine)
        {
            if (_writing is { } running)
            {
                await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
                continue;
            }

            await WriteOnceAsync();
        }
    }

    /// <summary>Writes in the background, one interval from now: what an eager write takes along meanwhile costs no write of its own. A write that fails is tried again.</summary>
    /// <param name="failed">Told of each failed try; returning false gives up.</param>
    public void WriteLater(Func<Exception, bool> failed) => Begin(failed, atOnce: false);

    /// <summary>The same, beginning now where nothing was written in the background within the last interval.</summary>
    /// <inheritdoc cref="WriteLater" path="/param"/>
    public void WriteSoon(Func<Exception, bool> failed) => Begin(failed, atOnce: true);

    private void Begin(Func<Exception, bool> failed, bool atOnce)
    {
        _changes++;
        if (!_lazyRuns)
        {
            _lazyRuns = true;
            _ = WriteUntilCleanAsync(failed, atOnce);
        }
    }

    private async Task WriteUntilCleanAsync(Func<Exception, bool> failed, bool atOnce)
    {
        try
        {
            bool goesOn = !atOnce || await TryWriteAsync(failed);
            while (goesOn)
            {
                await Task.Delay(interval, time);
                goesOn = await TryWriteAsync(failed) && IsDirty;
            }
        }
        finally
        {
            _lazyRuns = false;
        }
    }

    // False when a failure is not to be tried again.
    private async Task<bool> TryWriteAsync(Func<Exception, bool> failed)
    {
        try
        {
            await (IsDirty ? _writing ?? WriteOnceAsync() : Task.CompletedTask);
            return true;
        }
        catch (Exception exception)
        {
            return failed(exception);
        }
    }

    private async Task WriteOnceAsync()
    {
        long covered = _changes;
        try
        {
            _writing = write();
            await _writing;
            _written = covered;
        }
        finally
        {
            _writing = null;
        }
    }
}

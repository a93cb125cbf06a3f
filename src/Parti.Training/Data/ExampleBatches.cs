using System.Runtime.ExceptionServices;

namespace Parti.Training.Data;

/// <summary>
/// Prepares the batches of the next steps on threads of its own while a step runs. A batch is a function of its step alone, so how many
/// threads there are changes nothing but the wait.
/// </summary>
/// <typeparam name="T">A batch; those that nobody takes are disposed if they can be.</typeparam>
public sealed class ExampleBatches<T> : IDisposable
{
    readonly object _gate = new();
    readonly CancellationTokenSource _stopping = new();
    readonly Dictionary<long, Prepared> _ready = [];
    readonly Func<long, CancellationToken, T> _build;
    readonly Thread[] _threads;
    readonly int _ahead;
    long _wanted, _claimed, _restarts;
    bool _started;
    volatile bool _ended;

    /// <summary>Nothing is prepared before the first batch is asked for, because only then is the step known.</summary>
    /// <param name="build">The batch of a step; called on several threads at once. What it throws reaches whoever asks for that step.</param>
    /// <param name="threads">Threads, 1 to 64.</param>
    /// <param name="ahead">Batches that wait or are being prepared, 1 to 1,024.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public ExampleBatches(Func<long, CancellationToken, T> build, int threads = 1, int ahead = 4)
    {
        ArgumentNullException.ThrowIfNull(build);
        if (threads is < 1 or > 64)
        {
            throw new ArgumentOutOfRangeException(nameof(threads), threads, "1 to 64");
        }
        if (ahead is < 1 or > 1024)
        {
            throw new ArgumentOutOfRangeException(nameof(ahead), ahead, "1 to 1,024");
        }
        (_build, _ahead) = (build, ahead);
        _threads = [.. Enumerable.Range(0, threads).Select(i => new Thread(Work) { IsBackground = true, Name = $"batches {i}" })];
        Array.ForEach(_threads, thread => thread.Start());
    }

    /// <summary>The batch of a step, which is the caller's from then on. Any step but the next one starts the preparation anew.</summary>
    /// <param name="step">Step, from 0.</param>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    /// <exception cref="ObjectDisposedException">There are no threads any more.</exception>
    public T At(long step, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        using CancellationTokenRegistration wake = cancellationToken.Register(Wake);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            if (!_started || step != _wanted)
            {
                Restart(step);
            }
            Prepared? prepared;
            while (!_ready.Remove(step, out prepared))
            {
                cancellationToken.ThrowIfCancellationRequested();
                ObjectDisposedException.ThrowIf(_ended, this);
                Monitor.Wait(_gate);
            }
            _wanted = step + 1;
            Monitor.PulseAll(_gate);
            prepared.Error?.Throw();
            return prepared.Batch!;
        }
    }

    /// <summary>Ends the threads; the batch that each is at is finished first, unless it heeds its token.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _ended, true))
        {
            return;
        }
        _stopping.Cancel();
        Wake();
        Array.ForEach(_threads, thread => thread.Join());
        Drop();
        _stopping.Dispose();
    }

    void Work()
    {
        while (Claim() is { } claim)
        {
            Prepared prepared = Build(claim.Step);
            lock (_gate)
            {
                if (claim.Restarts == _restarts && !_ended)
                {
                    _ready.Add(claim.Step, prepared);
                    Monitor.PulseAll(_gate);
                    continue;
                }
            }
            (prepared.Batch as IDisposable)?.Dispose();
        }
    }

    (long Step, long Restarts)? Claim()
    {
        lock (_gate)
        {
            while (!_ended)
            {
                if (_started && _claimed < _wanted + _ahead)
                {
                    return (_claimed++, _restarts);
                }
                Monitor.Wait(_gate);
            }
            return null;
        }
    }

    Prepared Build(long step)
    {
        try
        {
            return new(_build(step, _stopping.Token), null);
        }
        catch (Exception error)
        {
            return new(default, ExceptionDispatchInfo.Capture(error));
        }
    }

    void Restart(long step)
    {
        Drop();
        (_wanted, _claimed, _started) = (step, step, true);
        _restarts++;
        Monitor.PulseAll(_gate);
    }

    void Drop()
    {
        foreach (Prepared prepared in _ready.Values)
        {
            (prepared.Batch as IDisposable)?.Dispose();
        }
        _ready.Clear();
    }

    void Wake()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    sealed record Prepared(T? Batch, ExceptionDispatchInfo? Error);
}

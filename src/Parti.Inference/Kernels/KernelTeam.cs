namespace Parti.Inference.Kernels;

/// <summary>A piece of a step: parts that may run at the same time, in any order, on any thread.</summary>
abstract class Phase
{
    /// <summary>Number of parts, 1 to 65,535.</summary>
    public abstract int Parts { get; }

    /// <summary>Whether the parts are worth sharing: telling other threads takes about as long as ten thousand multiply-adds.</summary>
    public abstract bool Shared { get; }

    /// <summary>Runs a part.</summary>
    /// <param name="part">0 to <see cref="Parts"/> − 1.</param>
    /// <param name="thread">Which thread runs it, 0 to the team's size − 1; for scratch memory.</param>
    public abstract void Run(int part, int thread);
}

/// <summary>
/// Some threads that share the parts of phases. Who runs which part changes from run to run; no result depends on it. Between steps
/// the helpers sleep, within a step they spin, as phases follow each other within microseconds. One thread uses it at a time.
/// </summary>
sealed class KernelTeam : IDisposable
{
    // Ticket: number of the phase, its parts, the next part; one word, so that a late helper can never take a part of a phase unseen.
    const int PartBits = 20;
    const long PartMask = (1L << PartBits) - 1;

    readonly Thread[] _helpers;
    readonly ManualResetEventSlim _awake = new(false, spinCount: 0);
    Phase? _phase;
    long _ticket;
    long _number;
    int _undone;
    Exception? _failure;
    volatile bool _stepping, _stopped;

    /// <summary>Starts the helpers.</summary>
    /// <param name="threads">Threads in all, the caller's included, at least 1.</param>
    public KernelTeam(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _helpers = new Thread[threads - 1];
        for (int i = 0; i < _helpers.Length; i++)
        {
            int thread = i + 1;
            _helpers[i] = new Thread(() => Help(thread)) { IsBackground = true, Name = $"parti-kernel-{thread}" };
            _helpers[i].Start();
        }
    }

    /// <summary>Threads in all.</summary>
    public int Threads => _helpers.Length + 1;

    /// <summary>Wakes the helpers; phases follow.</summary>
    public void BeginStep()
    {
        if (_helpers.Length > 0)
        {
            _stepping = true;
            _awake.Set();
        }
    }

    /// <summary>Lets the helpers sleep.</summary>
    public void EndStep()
    {
        if (_helpers.Length > 0)
        {
            _awake.Reset();
            _stepping = false;
        }
    }

    /// <summary>Runs all parts of a phase.</summary>
    /// <exception cref="InvalidOperationException">A part failed on a helper.</exception>
    public void Run(Phase phase)
    {
        int parts = phase.Parts;
        if (_helpers.Length == 0 || parts == 1 || !phase.Shared)
        {
            for (int part = 0; part < parts; part++)
            {
                phase.Run(part, 0);
            }
            return;
        }
        _phase = phase;
        Volatile.Write(ref _undone, parts);
        Interlocked.Exchange(ref _ticket, (++_number << (2 * PartBits)) | ((long)parts << PartBits));
        TakeParts(0);
        SpinWait wait = default;
        while (Volatile.Read(ref _undone) > 0)
        {
            wait.SpinOnce(sleep1Threshold: -1);
        }
        if (Interlocked.Exchange(ref _failure, null) is { } failure)
        {
            throw new InvalidOperationException($"A compute thread failed: {failure.Message}", failure);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _stopped = true;
        _awake.Set();
        foreach (Thread helper in _helpers)
        {
            helper.Join();
        }
        _awake.Dispose();
    }

    void Help(int thread)
    {
        while (true)
        {
            _awake.Wait();
            if (_stopped)
            {
                return;
            }
            SpinWait wait = default;
            while (_stepping && !_stopped)
            {
                if (TakeParts(thread))
                {
                    wait.Reset();
                }
                else
                {
                    wait.SpinOnce(sleep1Threshold: -1);
                }
            }
        }
    }

    bool TakeParts(int thread)
    {
        bool took = false;
        while (HasNext(Volatile.Read(ref _ticket)))
        {
            long ticket = Interlocked.Increment(ref _ticket) - 1;
            if (!HasNext(ticket))
            {
                break;
            }
            // The phase of this ticket cannot end before this part is done.
            Run(Volatile.Read(ref _phase)!, (int)(ticket & PartMask), thread);
            took = true;
        }
        return took;
    }

    void Run(Phase phase, int part, int thread)
    {
        try
        {
            phase.Run(part, thread);
        }
        catch (Exception error)
        {
            Interlocked.CompareExchange(ref _failure, error, null);
        }
        finally
        {
            Interlocked.Decrement(ref _undone);
        }
    }

    static bool HasNext(long ticket) => (ticket & PartMask) < ((ticket >> PartBits) & PartMask);
}

using System.Collections.Concurrent;
using System.Diagnostics;

namespace Parti.Benchmarks.Http;

/// <summary>
/// How late the machine wakes a thread that does nothing but sleep. Whatever a measurement of the same moment shows, no program on this
/// machine could have been quicker than that.
/// </summary>
sealed class Wakings : IDisposable
{
    static readonly TimeSpan Nap = TimeSpan.FromMilliseconds(5);

    readonly Thread _thread;
    volatile bool _ends;

    public Wakings()
    {
        _thread = new(Sleep) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Milliseconds that each waking was late.</summary>
    public ConcurrentBag<double> Late { get; } = [];

    public void Dispose()
    {
        _ends = true;
        _thread.Join();
    }

    void Sleep()
    {
        while (!_ends)
        {
            long from = Stopwatch.GetTimestamp();
            Thread.Sleep(Nap);
            Late.Add((Stopwatch.GetElapsedTime(from) - Nap).TotalMilliseconds);
        }
    }
}

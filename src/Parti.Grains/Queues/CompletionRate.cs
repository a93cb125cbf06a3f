namespace Parti.Grains.Queues;

/// <summary>Items a second over the last minute.</summary>
/// <param name="time">The clock.</param>
internal sealed class CompletionRate(TimeProvider time)
{
    private const int MaxSamples = 256;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private readonly Queue<DateTimeOffset> _completed = new();

    /// <summary>Null until two items are done within the window.</summary>
    internal double? PerSecond
    {
        get
        {
            Forget();
            return _completed.Count < 2 ? null : (_completed.Count - 1) / Math.Max((time.GetUtcNow() - _completed.Peek()).TotalSeconds, 0.001);
        }
    }

    internal void Count()
    {
        _completed.Enqueue(time.GetUtcNow());
        Forget();
    }

    private void Forget()
    {
        DateTimeOffset oldest = time.GetUtcNow() - Window;
        while (_completed.Count > MaxSamples || (_completed.Count > 0 && _completed.Peek() < oldest))
        {
            _completed.Dequeue();
        }
    }
}

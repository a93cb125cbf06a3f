namespace Parti.Grains.Tests.Model;

/// <summary>
/// One schedule of a small cluster: its time, its clock (which may be set), and a network that loses, repeats and delays. All of it
/// runs on the test's thread, in an order that the seed alone decides.
/// </summary>
internal sealed class VirtualWorld(int seed)
{
    private const int Tries = 6;
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly PriorityQueue<Action, (TimeSpan At, long Order)> _events = new();
    private long _order;

    internal Random Random { get; } = new(seed);

    internal TimeSpan Now { get; private set; }

    /// <summary>Whether messages get lost and things break. Off, everything must come to its end.</summary>
    internal bool Troubled { get; set; } = true;

    internal SkewedClock Clock { get; } = new();

    internal bool Chance(double probability) => Troubled && Random.NextDouble() < probability;

    internal void After(TimeSpan delay, Action action) => _events.Enqueue(action, (Now + (delay > TimeSpan.Zero ? delay : TimeSpan.Zero), _order++));

    internal Task Delay(TimeSpan delay)
    {
        TaskCompletionSource passed = new();
        After(delay, passed.SetResult);
        return passed.Task;
    }

    /// <summary>Runs until a moment, or until a condition holds.</summary>
    internal void RunUntil(TimeSpan end, Func<bool> done)
    {
        while (!done() && _events.TryPeek(out _, out (TimeSpan At, long) next) && next.At <= end)
        {
            Action action = _events.Dequeue();
            Now = next.At;
            Clock.Now = Start + Now + Clock.Skew;
            Clock.Elapsed = Now;
            action();
        }
    }

    /// <summary>A call whose request or answer may be lost, and which may arrive twice; repeated like the callers of the product do.</summary>
    /// <exception cref="TimeoutException">No answer came to any try.</exception>
    internal async Task<T> CallAsync<T>(Func<T> serve)
    {
        for (int attempt = 1; attempt <= Tries; attempt++)
        {
            TaskCompletionSource<(bool Answered, T? Answer)> answer = new();
            if (!Chance(0.1))
            {
                After(Travel(), () => Serve(serve, value => answer.TrySetResult((true, value))));
            }

            if (Chance(0.1))
            {
                After(10 * Travel(), () => Serve(serve, _ => { }));
            }

            After(TimeSpan.FromSeconds(2), () => answer.TrySetResult((false, default)));
            (bool answered, T? result) = await answer.Task;
            if (answered)
            {
                return result!;
            }

            await Delay(TimeSpan.FromMilliseconds(20 << attempt));
        }

        throw new TimeoutException();
    }

    /// <summary>Something that nobody waits for; what throws is lost.</summary>
    internal void Run(Func<Task> action) => _ = ForgetAsync(action);

    private static async Task ForgetAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception exception) when (exception is TimeoutException or WorkerGoneException)
        {
            // Lost, as in life.
        }
    }

    private void Serve<T>(Func<T> serve, Action<T> answer)
    {
        T value;
        try
        {
            value = serve();
        }
        catch (FencedException)
        {
            return;
        }

        if (!Chance(0.1))
        {
            After(Travel(), () => answer(value));
        }
    }

    // Mostly quick, sometimes very late.
    private TimeSpan Travel() => TimeSpan.FromMilliseconds(Troubled && Random.Next(20) == 0 ? Random.Next(3000) : Random.Next(1, 20));
}

/// <summary>A clock that somebody sets forward and back.</summary>
internal sealed class SkewedClock : TimeProvider
{
    internal DateTimeOffset Now { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    internal TimeSpan Skew { get; set; }

    /// <summary>What no skew moves.</summary>
    internal TimeSpan Elapsed { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Now;

    public override long GetTimestamp() => Elapsed.Ticks;
}

/// <summary>An activation found that another one owns its record.</summary>
internal sealed class FencedException : Exception;

/// <summary>The worker that ran this is gone.</summary>
internal sealed class WorkerGoneException : Exception;

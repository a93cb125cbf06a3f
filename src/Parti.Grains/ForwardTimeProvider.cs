namespace Parti.Grains;

/// <summary>
/// A clock that never goes back. The actor runtime takes no new grain in while its clock is before a moment it has seen, so a machine whose
/// clock is put back by an hour would refuse work for an hour. Where the machine's clock is behind what was told, time passes at half its
/// speed until the machine's clock has come up; where it is ahead, it is followed at once. Timers and time stamps are the
/// machine's monotonic ones. Thread-safe.
/// </summary>
/// <param name="machine">The machine's clock.</param>
public sealed class ForwardTimeProvider(TimeProvider machine) : TimeProvider
{
    private readonly Lock _lock = new();
    private DateTimeOffset _told = DateTimeOffset.MinValue;
    private long _at = machine?.GetTimestamp() ?? throw new ArgumentNullException(nameof(machine));

    /// <summary>Over the system's clock.</summary>
    public ForwardTimeProvider()
        : this(System)
    {
    }

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => machine.LocalTimeZone;

    /// <inheritdoc/>
    public override long TimestampFrequency => machine.TimestampFrequency;

    /// <inheritdoc/>
    public override long GetTimestamp() => machine.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        machine.CreateTimer(callback, state, dueTime, period);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            long at = machine.GetTimestamp();
            DateTimeOffset now = machine.GetUtcNow(), least = _told + (machine.GetElapsedTime(_at, at) / 2);
            (_told, _at) = (now > least ? now : least, at);
            return _told;
        }
    }
}

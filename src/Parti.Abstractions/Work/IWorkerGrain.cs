using Orleans.Concurrency;

namespace Parti.Abstractions;

/// <summary>
/// One device. Key: <c>silo|device</c>; it is placed on that silo and nowhere else. Takes leases while the engine has free
/// slots and never computes on its own scheduler.
/// </summary>
[Alias("parti.IWorkerGrain")]
public interface IWorkerGrain : IGrainWithStringKey
{
    /// <summary>Begins to take leases. Called by the silo that has the device; again does nothing.</summary>
    [Alias("Start")]
    Task StartAsync();

    /// <summary>A queue has something for this worker.</summary>
    [Alias("Wake"), OneWay, AlwaysInterleave]
    Task WakeAsync(string queue);

    /// <summary>Stops one item at the next token, if the epoch is the one in hand.</summary>
    [Alias("Abort"), OneWay, AlwaysInterleave]
    Task AbortAsync(WorkKey item, long epoch);

    /// <summary>Whether the worker has an item in hand under an epoch. Asked about a lease that no queue knows.</summary>
    [Alias("Holds"), AlwaysInterleave]
    Task<bool> HoldsAsync(WorkKey item, long epoch);

    /// <summary>What the device does now.</summary>
    [Alias("Describe"), AlwaysInterleave]
    Task<WorkerSnapshot> DescribeAsync();

    /// <summary>
    /// Takes nothing new, lets what fits the budget finish, hands the rest over with its tokens. Answers within two seconds; asked again it goes
    /// on, and the earliest end asked for counts.
    /// </summary>
    /// <param name="budget">How long images may go on from now.</param>
    /// <returns>Whether nothing is in hand any more.</returns>
    [Alias("Drain"), AlwaysInterleave]
    Task<bool> DrainAsync(TimeSpan budget);

    /// <summary>Draws the tokens so far as PNG; missing ones are neutral.</summary>
    [Alias("Preview"), AlwaysInterleave, ResponseTimeout("00:00:30")]
    Task<byte[]> PreviewAsync(string model, int[] tokens, CancellationToken cancellationToken = default);

    /// <summary>Replays a finished image in a slot that no image wants, and says where a word of its prompt drew attention. One image at a time.</summary>
    [Alias("Attend"), AlwaysInterleave, ResponseTimeout("00:00:35")]
    Task<AttentionAnswer> AttendAsync(AttentionQuestion question, CancellationToken cancellationToken = default);
}

/// <summary>The keys of workers.</summary>
public static class WorkerKey
{
    /// <summary><c>silo|device</c>.</summary>
    public static string For(string silo, string device) => $"{silo}|{device}";

    /// <summary>Whether a worker is one of a silo's.</summary>
    public static bool IsOf(string key, string silo)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(silo);
        return key.LastIndexOf('|') == silo.Length && key.StartsWith(silo, StringComparison.Ordinal);
    }

    /// <summary>Reads <c>silo|device</c>.</summary>
    /// <exception cref="FormatException">The text is no such key.</exception>
    public static (string Silo, string Device) Parse(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        int bar = key.LastIndexOf('|');
        return bar > 0 && bar < key.Length - 1
            ? (key[..bar], key[(bar + 1)..])
            : throw new FormatException($"\"{key}\" is no worker; it reads silo|device.");
    }
}

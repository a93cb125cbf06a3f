using System.Globalization;

namespace Parti.Testing;

/// <summary>Sets the clock of processes wrong while they run, by libfaketime. Only the time of day jumps, as when a clock is corrected.</summary>
public sealed class WrongClock : IDisposable
{
    private static readonly string? Library = new[] { "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1" }
        .FirstOrDefault(File.Exists);

    private readonly string _file = Path.GetTempFileName();

    private WrongClock() => Set(TimeSpan.Zero);

    /// <summary>Environment variables of a process whose clock is this one.</summary>
    public IReadOnlyDictionary<string, string?> Variables => new Dictionary<string, string?>
    {
        ["LD_PRELOAD"] = Library,
        ["FAKETIME_TIMESTAMP_FILE"] = _file,
        ["FAKETIME_CACHE_DURATION"] = "1",
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        ["DONT_FAKE_MONOTONIC"] = "1",

        // The mend for waits by the clock that is not faked makes every such wait of .NET return at once: a process then spins for ever.
        ["FAKETIME_FORCE_MONOTONIC_FIX"] = "0",
    };

    /// <summary>Makes a clock that is right; null where libfaketime is not installed.</summary>
    public static WrongClock? TryMake() => Library is null ? null : new();

    /// <summary>Sets how wrong it is; processes see it within a second.</summary>
    public void Set(TimeSpan offset)
    {
        // As a whole: a file that is half written would be read as another time.
        string next = _file + ".next";
        File.WriteAllText(next, string.Create(CultureInfo.InvariantCulture, $"{(offset < TimeSpan.Zero ? "-" : "+")}{Math.Abs((long)offset.TotalSeconds)}\n"));
        File.Move(next, _file, overwrite: true);
    }

    public void Dispose() => File.Delete(_file);
}

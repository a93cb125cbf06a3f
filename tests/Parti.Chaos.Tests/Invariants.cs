using System.Collections.Concurrent;

namespace Parti.Chaos.Tests;

/// <summary>What must hold whatever happens.</summary>
internal enum Invariant
{
    /// <summary>Every accepted job ended, once, and its events are numbered upwards.</summary>
    Ends = 0,

    /// <summary>Pictures have the bytes of the undisturbed run.</summary>
    Bytes = 1,

    /// <summary>A job has its one picture and its description in the store, and nothing is stored that belongs to no job.</summary>
    Blobs = 2,

    /// <summary>No queue holds an item or a lease, and no list a job, when no job is left.</summary>
    Leftovers = 3,
}

/// <summary>Counts checks and keeps what was found wrong. Thread-safe.</summary>
internal sealed class Invariants
{
    private static readonly IReadOnlyDictionary<Invariant, string> Words = new Dictionary<Invariant, string>
    {
        [Invariant.Ends] = "every accepted job ended, once",
        [Invariant.Bytes] = "pictures as in the undisturbed run",
        [Invariant.Blobs] = "one picture and one description a job, no blob of nobody",
        [Invariant.Leftovers] = "no lease, item or job left over",
    };

    private readonly ConcurrentQueue<(Invariant Invariant, string? Wrong)> _checks = [];

    /// <summary>Everything found wrong so far.</summary>
    public IReadOnlyList<string> Wrong => [.. _checks.Select(check => check.Wrong).OfType<string>()];

    /// <summary>Notes one check.</summary>
    /// <param name="invariant">Of what.</param>
    /// <param name="wrong">What was found; null where it held.</param>
    public void Check(Invariant invariant, string? wrong) => _checks.Enqueue((invariant, wrong));

    /// <summary>One line per invariant.</summary>
    public IEnumerable<string> Table() => Words.Select(pair => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{pair.Value,-58} {_checks.Count(check => check.Invariant == pair.Key),8} {_checks.Count(check => check.Invariant == pair.Key && check.Wrong is not null),9}"))
        .Prepend($"{"invariant",-58} {"checked",8} {"violated",9}");
}

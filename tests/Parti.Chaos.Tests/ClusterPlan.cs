using Parti.Testing;

namespace Parti.Chaos.Tests;

/// <summary>What a <see cref="TestCluster"/> is made of.</summary>
internal sealed record ClusterPlan
{
    /// <summary>Names of the gateway and control silos.</summary>
    public IReadOnlyList<string> Controls { get; init; } = ["control"];

    /// <summary>Names of the worker silos.</summary>
    public required IReadOnlyList<string> Workers { get; init; }

    /// <summary>Gives the port of a proxy in front of the blobs; null for none.</summary>
    public Func<AzuriteServer, Task<int>>? Proxy { get; init; }

    /// <summary>Keys below <c>Parti</c> that go before those of <see cref="TestCluster"/>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Where Redis writes; a folder of its own where none is given.</summary>
    public string? RedisFolder { get; init; }

    /// <summary>Whether workers tell each token, so that a test knows what a dead one had.</summary>
    public bool TellsTokens { get; init; }

    /// <summary>Whether workers tell each stage that begins.</summary>
    public bool TellsStages { get; init; }

    /// <summary>More environment variables of a silo, by its name.</summary>
    public Func<string, IEnumerable<KeyValuePair<string, string?>>> Variables { get; init; } = _ => [];
}

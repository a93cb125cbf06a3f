using Orleans.Concurrency;

namespace Parti.Abstractions;

/// <summary>
/// Some layers of one model on one device, for a leader elsewhere. Key: <see cref="ShardKey"/>; it is placed on the silo that has the
/// device. The layers compute on a thread of their own; the grain only waits for it.
/// </summary>
[Alias("parti.IShardGrain")]
public interface IShardGrain : IGrainWithStringKey
{
    /// <summary>Begins to announce the shard. Called by the silo that has it; again does nothing.</summary>
    [Alias("Start")]
    Task StartAsync();

    /// <summary>
    /// Takes the shard for a session, or lets the session's claim live on. A claim ends by itself when neither this nor a step comes for
    /// the length of a lease.
    /// </summary>
    /// <param name="claim">Who wants it for what.</param>
    [Alias("Claim"), AlwaysInterleave, ResponseTimeout("00:00:15")]
    Task<ShardClaimAnswer> ClaimAsync(ShardClaim claim);

    /// <summary>Runs the layers. The same step again gives the same answer.</summary>
    /// <param name="input">The step.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    [Alias("Step"), AlwaysInterleave, ResponseTimeout("00:00:15")]
    Task<ShardOutput> StepAsync(ShardInput input, CancellationToken cancellationToken = default);

    /// <summary>Ends a session's claim; another's stays.</summary>
    /// <param name="session">The session.</param>
    [Alias("Release"), OneWay, AlwaysInterleave]
    Task ReleaseAsync(Guid session);
}

/// <summary>The keys of shards.</summary>
public static class ShardKey
{
    /// <summary><c>silo|device/model</c>.</summary>
    public static string For(string silo, string device, string model) => $"{WorkerKey.For(silo, device)}/{model}";

    /// <summary>Reads <c>silo|device/model</c>.</summary>
    /// <exception cref="FormatException">The text is no such key.</exception>
    public static (string Silo, string Device, string Model) Parse(string key)
    {
        (string silo, string place) = WorkerKey.Parse(key);
        int slash = place.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && slash < place.Length - 1
            ? (silo, place[..slash], place[(slash + 1)..])
            : throw new FormatException($"\"{key}\" is no shard; it reads silo|device/model.");
    }
}

namespace Parti.Abstractions;

/// <summary>A leader wants a shard for itself.</summary>
/// <param name="Session">The leader's session; a new one for every attempt to bring all shards together.</param>
/// <param name="Hash">The model's hash: other weights would make other pictures.</param>
/// <param name="Shard">Which layers, <c>i/n</c>.</param>
/// <param name="Rows">Rows of the caches that the leader's steps name, two a slot.</param>
[GenerateSerializer, Immutable, Alias("parti.shard-claim")]
public sealed record ShardClaim(
    [property: Id(0)] Guid Session,
    [property: Id(1)] string Hash,
    [property: Id(2)] string Shard,
    [property: Id(3)] int Rows);

/// <summary>What became of a claim.</summary>
public enum ShardClaimOutcome
{
    /// <summary>The shard works for the session.</summary>
    Claimed,

    /// <summary>It works for another session, or still loads; ask again later.</summary>
    Busy,

    /// <summary>It cannot serve this leader: another model, other layers, or too few rows.</summary>
    Unfit,
}

/// <summary>The answer to a claim.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Reason">One line, where it was not granted.</param>
[GenerateSerializer, Immutable, Alias("parti.shard-claim-answer")]
public sealed record ShardClaimAnswer([property: Id(0)] ShardClaimOutcome Outcome, [property: Id(1)] string? Reason = null);

/// <summary>
/// One decode step for a shard's layers. Floats travel as their bytes in little-endian order: what comes out must be equal to the last bit.
/// </summary>
/// <param name="Session">The leader's session.</param>
/// <param name="Lane">Micro-batch.</param>
/// <param name="Number">Grows with every step of the lane.</param>
/// <param name="Rows">Three a row: row of the caches, place in it, row of the table of rotations.</param>
/// <param name="Activations">float32 <c>[R, D]</c>.</param>
/// <param name="Texts">Texts of rows that start anew.</param>
[GenerateSerializer, Immutable, Alias("parti.shard-input")]
public sealed record ShardInput(
    [property: Id(0)] Guid Session,
    [property: Id(1)] int Lane,
    [property: Id(2)] long Number,
    [property: Id(3)] int[] Rows,
    [property: Id(4)] byte[] Activations,
    [property: Id(5)] ShardInputText[] Texts);

/// <summary>The text of a row.</summary>
/// <param name="Row">Row of the caches.</param>
/// <param name="States">float32 <c>[T, D]</c>.</param>
/// <param name="Tokens">T.</param>
[GenerateSerializer, Immutable, Alias("parti.shard-input-text")]
public sealed record ShardInputText([property: Id(0)] int Row, [property: Id(1)] byte[] States, [property: Id(2)] int Tokens);

/// <summary>What a shard's layers gave.</summary>
/// <param name="Activations">float32 <c>[R, D]</c>; null when the shard does not work for the session any more.</param>
[GenerateSerializer, Immutable, Alias("parti.shard-output")]
public sealed record ShardOutput([property: Id(0)] byte[]? Activations);

namespace Parti.Inference.Execution;

/// <summary>What a decode step feeds one row of the caches.</summary>
/// <param name="Row">The row.</param>
/// <param name="Token">The token before <paramref name="Position"/>, or −1 for the start of the image and before it.</param>
/// <param name="Position">
/// Raster position whose token the step's logits are for. Where the text is a prefix, 0 reads its last state, −1 the one before, and so on.
/// </param>
public readonly record struct DecodeRow(int Row, int Token, int Position);

/// <summary>
/// Decode steps of one model over the KV cache of some rows. A row's logits depend on that row's text and tokens alone, bit for bit.
/// Used by one thread.
/// </summary>
public interface IStepDecoder : IDisposable
{
    /// <summary>Starts a row anew on these states: nothing decoded.</summary>
    /// <param name="row">The row.</param>
    /// <param name="states">Text states <c>[T, D]</c>, row-major; not changed afterwards by anyone.</param>
    /// <param name="tokens">T, at least 1.</param>
    void Enter(int row, float[] states, int tokens);

    /// <summary>Rows that a step can take beyond those of the caches, so that a row can be at several positions; 0 where it cannot.</summary>
    int ExtraRows { get; }

    /// <summary>The positions of every row named; positions of a row follow each other from 0.</summary>
    /// <param name="rows">
    /// Rows that were entered, at least one; ascending where <see cref="ExtraRows"/> is 0. Else a row may be named several times, with
    /// ascending positions.
    /// </param>
    void Step(ReadOnlySpan<DecodeRow> rows);

    /// <summary>
    /// Micro-batches that can be under way at the same time, 1 to the decoder's shards: while one is at another shard, the next begins here.
    /// A row belongs to one lane.
    /// </summary>
    int Lanes => 1;

    /// <summary>Begins the step of a lane; the one before must have been completed.</summary>
    /// <param name="lane">0 to <see cref="Lanes"/> − 1.</param>
    /// <param name="rows">As of <see cref="Step"/>.</param>
    void Begin(int lane, ReadOnlySpan<DecodeRow> rows) => Step(rows);

    /// <summary>Completes a lane's step; its rows' logits are valid until the next call of <see cref="Begin"/> or this.</summary>
    /// <param name="lane">A lane that has begun a step.</param>
    void Complete(int lane)
    {
    }

    /// <summary>Whether every layer attends to the text here, so that <see cref="Record"/> can be called.</summary>
    bool CanRecord => false;

    /// <summary>Has the steps of a row recorded: where they look in the text. Ends when the row is entered anew; logits stay what they are.</summary>
    /// <param name="row">A row that was entered and not stepped.</param>
    /// <returns>The record that the steps fill.</returns>
    AttentionRecord Record(int row) => throw new NotSupportedException("This decoder's steps leave nothing to record.");

    /// <summary>Logits <c>[V]</c> of a row, from the latest step; valid until the next.</summary>
    /// <param name="row">A row that took part in it.</param>
    /// <param name="back">How many of the step's inputs before the row's last one: 0 for its last position. What is there must be the row's too.</param>
    ReadOnlySpan<float> Logits(int row, int back = 0);
}

using Parti.Inference;

namespace Parti.Grains.Workers;

/// <summary>
/// Collects the tokens of one image from the engine's thread and says when they are worth a report: after the later of
/// so many tokens and so much time, but always before a loss of the worker would cost too many; or as soon as someone who looks at the image
/// wants to see it. Thread-safe.
/// </summary>
/// <param name="kept">Tokens of earlier attempts.</param>
/// <param name="total">Image tokens of a complete image.</param>
/// <param name="options">How often.</param>
/// <param name="time">The clock.</param>
/// <param name="due">Called on the engine's thread when a report is due; must return at once. Not called again before <see cref="Take"/>.</param>
/// <param name="looks">Reports that are due at once, evenly spread over the tokens.</param>
public sealed class TokenReporter(IReadOnlyList<int> kept, int total, PartiGrainsOptions options, TimeProvider time, Action due, int looks = 0)
{
    private readonly Lock _lock = new();
    private readonly int[] _tokens = Fill(kept, total);
    private int _count = kept.Count;
    private int _reported = kept.Count;
    private long _reportedAt = time.GetTimestamp();
    private bool _announced;

    /// <summary>Tokens known.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    /// <summary>The engine's progress callback.</summary>
    public void OnProgress(SampleProgress progress)
    {
        lock (_lock)
        {
            int end = Math.Min(progress.Position + progress.NewTokens.Length, _tokens.Length);
            if (progress.Position > _count || end <= _count)
            {
                return;
            }

            progress.NewTokens.Span[..(end - progress.Position)].CopyTo(_tokens.AsSpan(progress.Position));
            _count = end;
            bool looked = _count < total && LooksUpTo(_count) > LooksUpTo(_reported);
            int unknown = _count - _reported;
            bool isCheckpoint = unknown >= options.CheckpointTokensAtMost || (unknown >= options.CheckpointTokens && time.GetElapsedTime(_reportedAt) >= options.CheckpointInterval);
            if (_announced || !(looked || isCheckpoint))
            {
                return;
            }

            _announced = true;
        }

        due();
    }

    /// <summary>The tokens not reported yet, which count as reported from now on.</summary>
    /// <param name="all">Whether to start again from position 0.</param>
    public (int Position, int[] Tokens) Take(bool all = false)
    {
        lock (_lock)
        {
            int from = all ? 0 : _reported;
            _reported = _count;
            _reportedAt = time.GetTimestamp();
            _announced = false;
            return (from, _tokens[from.._count]);
        }
    }

    private int LooksUpTo(int count) => count * (looks + 1) / total;

    private static int[] Fill(IReadOnlyList<int> kept, int total)
    {
        int[] tokens = new int[Math.Max(total, kept.Count)];
        for (int i = 0; i < kept.Count; i++)
        {
            tokens[i] = kept[i];
        }

        return tokens;
    }
}

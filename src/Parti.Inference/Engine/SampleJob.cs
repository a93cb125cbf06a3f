using Parti.Inference.Execution;
using Parti.Inference.Scheduling;

namespace Parti.Inference.Engine;

/// <summary>A sequence and the caller who waits for it.</summary>
sealed class SampleJob(Sequence sequence, Action<SampleProgress>? progress, CancellationToken cancellationToken)
{
    readonly TaskCompletionSource<int[]> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Sequence Sequence { get; } = sequence;

    public bool IsCanceled => cancellationToken.IsCancellationRequested;

    public Task<int[]> Completion => _completion.Task;

    /// <summary>Takes the given token of the position; what an earlier attempt reported is not reported again.</summary>
    public void TakeKnown()
    {
        bool reported = Sequence.IsReplaying;
        Sequence.TakeKnown();
        if (!reported)
        {
            ReportLatest();
        }
    }

    /// <summary>Logarithm of the likelihood of the positions scored so far, in nats; all of them once <see cref="Completion"/> has ended.</summary>
    public double Score { get; private set; }

    /// <summary>Whether the image is scored for its attention and not for its likelihood.</summary>
    public bool IsRecorded { get; init; }

    /// <summary>Where the image's steps look in the text, once it has a slot; null where nobody asked.</summary>
    public AttentionRecord? Record { get; set; }

    /// <summary>Takes the scored token of the position.</summary>
    public void TakeScored(double likelihood)
    {
        Score += likelihood;
        Sequence.TakeKnown();
    }

    public void ReportLatest() => progress?.Invoke(
        new SampleProgress(Sequence.Position - 1, Sequence.Tokens.Slice(Sequence.Position - 1, 1)));

    public void Finish() => _completion.TrySetResult(Sequence.Tokens.ToArray());

    public void Cancel() => _completion.TrySetCanceled(cancellationToken);

    public void Fail(EngineRequestException error) => _completion.TrySetException(error);
}

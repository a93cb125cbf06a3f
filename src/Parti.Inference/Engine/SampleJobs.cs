using Microsoft.Extensions.Logging;
using Parti.Inference.Execution;
using Parti.Inference.Scheduling;

namespace Parti.Inference.Engine;

/// <summary>Images that wait for a slot or have one, each with the caller who waits for it. Belongs to the engine's thread.</summary>
/// <param name="slots">Images that can be sampled at the same time.</param>
/// <param name="logger">Where failures are told.</param>
sealed class SampleJobs(int slots, ILogger logger)
{
    readonly Scheduler _scheduler = new(slots);
    readonly Dictionary<Sequence, SampleJob> _jobs = [];
    readonly List<SampleJob> _ended = [];

    /// <summary>Whether no image waits or runs.</summary>
    public bool IsIdle => _scheduler.IsIdle;

    /// <summary>Sequences that hold a slot, in order of slots.</summary>
    public IReadOnlyList<Sequence> Running => _scheduler.Running;

    /// <summary>Gives free slots away.</summary>
    /// <returns>Sequences that got one.</returns>
    public IReadOnlyList<Sequence> Schedule() => _scheduler.Schedule();

    /// <summary>Begins the record of an image that has just got its slot, where one is wanted.</summary>
    public void BeginRecord(Sequence sequence, IModelRunner runner)
    {
        if (_jobs.TryGetValue(sequence, out SampleJob? job) && job.IsRecorded)
        {
            job.Record = runner.Record(sequence.Slot);
        }
    }

    /// <summary>Takes what other threads have left.</summary>
    public void TakeFrom(EngineInbox inbox)
    {
        while (inbox.TryTake(out SampleJob? job))
        {
            _jobs.Add(job.Sequence, job);
            _scheduler.Enqueue(job.Sequence);
        }
    }

    /// <summary>Ends images that nobody waits for any more.</summary>
    public void DropCanceled()
    {
        foreach (SampleJob job in _jobs.Values)
        {
            if (job.IsCanceled)
            {
                _ended.Add(job);
            }
        }
        foreach (SampleJob job in _ended)
        {
            End(job, SequenceStatus.Canceled);
            job.Cancel();
        }
        _ended.Clear();
    }

    /// <summary>Takes an image's part of a step: the tokens of all positions but the last are given; the last one's is given or drawn from the step's logits.</summary>
    /// <param name="model">The model that stepped.</param>
    /// <param name="sequence">The image; nothing happens when it was canceled meanwhile, its slot may be another's.</param>
    /// <param name="positions">Positions of the step that are its.</param>
    public void Advance(LoadedModel model, Sequence sequence, int positions)
    {
        if (!_jobs.TryGetValue(sequence, out SampleJob? job))
        {
            return;
        }
        try
        {
            if (sequence.IsScored)
            {
                Score(model, job, positions);
            }
            else if (!TryDraw(model, job, positions))
            {
                return;
            }
        }
        catch (Exception error)
        {
            Fail(sequence, error);
            return;
        }
        if (sequence.IsDecided)
        {
            Finish(job);
        }
    }

    /// <summary>Fails images whose step failed.</summary>
    public void FailAll(ReadOnlySpan<Sequence> sequences, Exception error)
    {
        foreach (Sequence sequence in sequences)
        {
            Fail(sequence, error);
        }
    }

    /// <summary>Fails an image; nothing happens when it has ended.</summary>
    public void Fail(Sequence sequence, Exception error)
    {
        if (_jobs.TryGetValue(sequence, out SampleJob? job))
        {
            EngineLog.StageFailed(logger, "sample", sequence.Model, error);
            End(job, SequenceStatus.Failed);
            job.Fail(AsRequestError(error, "sample"));
        }
    }

    /// <summary>Fails everything.</summary>
    public void Abandon(EngineRequestException error)
    {
        foreach (SampleJob job in _jobs.Values)
        {
            job.Fail(error);
        }
        _jobs.Clear();
    }

    /// <summary>An error as callers see it.</summary>
    public static EngineRequestException AsRequestError(Exception error, string stage) => error as EngineRequestException
        ?? new EngineRequestException("stage_failed", $"The {stage} stage failed: {error.Message}", error);

    static void Score(LoadedModel model, SampleJob job, int positions)
    {
        for (int back = positions - 1; back >= 0; back--)
        {
            // Before position 0 the prompt itself is read.
            job.TakeScored(job.IsRecorded || job.Sequence.Position < 0 ? 0 : model.Likelihood(job.Sequence, back));
        }
    }

    static bool TryDraw(LoadedModel model, SampleJob job, int positions)
    {
        for (int i = 1; i < positions; i++)
        {
            job.TakeKnown();
        }
        if (job.Sequence.IsKnown)
        {
            job.TakeKnown();
            return false;
        }
        job.Sequence.Append(model.Draw(job.Sequence));
        job.ReportLatest();
        return true;
    }

    void Finish(SampleJob job)
    {
        while (!job.Sequence.IsComplete)
        {
            job.TakeKnown();
        }
        End(job, SequenceStatus.Finished);
        job.Finish();
    }

    void End(SampleJob job, SequenceStatus status)
    {
        _scheduler.End(job.Sequence, status);
        _jobs.Remove(job.Sequence);
    }
}

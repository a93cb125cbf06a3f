using Microsoft.Extensions.Logging;
using Parti.Inference.Execution;
using Parti.Inference.Scheduling;

namespace Parti.Inference.Engine;

/// <summary>
/// What one turn of the engine does: take arrivals, schedule, one decode step over all slots, sample, publish.
/// Everything but the inbox belongs to the engine's thread.
/// </summary>
sealed class EngineLoop(int slots, IModelSource source, ILogger logger) : IDisposable
{
    readonly EngineInbox _inbox = new();
    readonly Scheduler _scheduler = new(slots);
    readonly Dictionary<Sequence, SampleJob> _jobs = [];
    readonly List<SampleJob> _ended = [];
    readonly LoadedModels _models = new(source, slots);

    /// <summary>Where other threads leave requests.</summary>
    public EngineInbox Inbox => _inbox;

    public bool HasWork => !_inbox.IsEmpty || !_scheduler.IsIdle;

    /// <summary>One turn. At most one other stage runs between two decode steps, so that sampling never starves.</summary>
    public void Turn()
    {
        TakeArrivals();
        DropCanceled();
        RunStageJob();
        Admit();
        foreach (LoadedModel model in _models.All)
        {
            Step(model);
        }
    }

    // While a lane's step is at another shard, this one begins the steps of the others.
    void Step(LoadedModel model)
    {
        foreach (DecodeBatch batch in model.Lanes)
        {
            if (batch.IsUnderWay)
            {
                Complete(model, batch);
            }
            Begin(model, batch);
            if (model.Lanes.Length == 1 && batch.IsUnderWay)
            {
                Complete(model, batch);
            }
        }
    }

    public void Preload()
    {
        foreach (string name in source.Models.Keys)
        {
            try
            {
                _models.Load(name);
            }
            catch (EngineRequestException error)
            {
                EngineLog.PreloadFailed(logger, name, error);
            }
        }
    }

    /// <summary>Fails everything that waits or runs.</summary>
    public void Abandon(EngineRequestException error)
    {
        foreach (SampleJob job in _jobs.Values)
        {
            job.Fail(error);
        }
        _jobs.Clear();
        _inbox.Abandon(error);
    }

    public void Dispose() => _models.Dispose();

    void TakeArrivals()
    {
        while (_inbox.TryTake(out SampleJob? job))
        {
            _jobs.Add(job.Sequence, job);
            _scheduler.Enqueue(job.Sequence);
        }
    }

    void DropCanceled()
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

    void RunStageJob()
    {
        if (!_inbox.TryTake(out StageJob? job))
        {
            return;
        }
        if (job.IsCanceled)
        {
            job.Cancel();
            return;
        }
        try
        {
            job.Run(_models.Load(job.Model).Runner);
        }
        catch (Exception error)
        {
            EngineLog.StageFailed(logger, job.Stage, job.Model, error);
            job.Fail(AsRequestError(error, job.Stage));
        }
    }

    void Admit()
    {
        // An interface's enumerator would be allocated anew every step.
        IReadOnlyList<Sequence> admitted = _scheduler.Schedule();
        for (int i = 0; i < admitted.Count; i++)
        {
            Sequence sequence = admitted[i];
            try
            {
                LoadedModel model = _models.Load(sequence.Model);
                model.RequireTokens(sequence.Request);
                model.Runner.Admit(sequence.Slot, sequence.Request.Conditioning);
                sequence.Begin(model.Runner.PrefixPositions(sequence.Slot, sequence.IsGuided));
            }
            catch (Exception error)
            {
                Fail(_jobs[sequence], error);
            }
        }
    }

    void Begin(LoadedModel model, DecodeBatch batch)
    {
        batch.Collect(_scheduler.Running);
        if (batch.Sequences.IsEmpty)
        {
            return;
        }
        try
        {
            model.Runner.BeginStep(batch.Lane, batch.Inputs);
            batch.IsUnderWay = true;
        }
        catch (Exception error)
        {
            // What the step left in the caches is unknown: all of its images fail, each slot is emptied by the next admission.
            FailAll(batch.Sequences, error);
        }
    }

    void Complete(LoadedModel model, DecodeBatch batch)
    {
        batch.IsUnderWay = false;
        try
        {
            model.Runner.CompleteStep(batch.Lane);
        }
        catch (Exception error)
        {
            FailAll(batch.Sequences, error);
            return;
        }
        for (int i = 0; i < batch.Sequences.Length; i++)
        {
            // One that was canceled meanwhile is gone, and its slot may be another's.
            if (_jobs.TryGetValue(batch.Sequences[i], out SampleJob? job))
            {
                Advance(model, job, batch.Lengths[i]);
            }
        }
    }

    // The tokens of all positions but the last are given; the last one's is given or drawn from the step's logits.
    void Advance(LoadedModel model, SampleJob job, int positions)
    {
        Sequence sequence = job.Sequence;
        try
        {
            for (int i = 1; i < positions; i++)
            {
                job.TakeKnown();
            }
            if (sequence.IsKnown)
            {
                job.TakeKnown();
                return;
            }
            sequence.Append(model.Draw(sequence));
            job.ReportLatest();
        }
        catch (Exception error)
        {
            Fail(job, error);
            return;
        }
        if (sequence.IsDecided)
        {
            Finish(job);
        }
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

    void FailAll(ReadOnlySpan<Sequence> sequences, Exception error)
    {
        foreach (Sequence sequence in sequences)
        {
            if (_jobs.TryGetValue(sequence, out SampleJob? job))
            {
                Fail(job, error);
            }
        }
    }

    void Fail(SampleJob job, Exception error)
    {
        EngineLog.StageFailed(logger, "sample", job.Sequence.Model, error);
        End(job, SequenceStatus.Failed);
        job.Fail(AsRequestError(error, "sample"));
    }

    void End(SampleJob job, SequenceStatus status)
    {
        _scheduler.End(job.Sequence, status);
        _jobs.Remove(job.Sequence);
    }

    static EngineRequestException AsRequestError(Exception error, string stage) => error as EngineRequestException
        ?? new EngineRequestException("stage_failed", $"The {stage} stage failed: {error.Message}", error);
}

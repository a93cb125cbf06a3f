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
    readonly SampleJobs _jobs = new(slots, logger);
    readonly LoadedModels _models = new(source, slots);

    /// <summary>Where other threads leave requests.</summary>
    public EngineInbox Inbox => _inbox;

    public bool HasWork => !_inbox.IsEmpty || !_jobs.IsIdle;

    /// <summary>One turn. At most one other stage runs between two decode steps, so that sampling never starves.</summary>
    public void Turn()
    {
        _jobs.TakeFrom(_inbox);
        _jobs.DropCanceled();
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
        _jobs.Abandon(error);
        _inbox.Abandon(error);
    }

    public void Dispose() => _models.Dispose();

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
            job.Fail(SampleJobs.AsRequestError(error, job.Stage));
        }
    }

    void Admit()
    {
        // An interface's enumerator would be allocated anew every step.
        IReadOnlyList<Sequence> admitted = _jobs.Schedule();
        for (int i = 0; i < admitted.Count; i++)
        {
            Sequence sequence = admitted[i];
            try
            {
                LoadedModel model = _models.Load(sequence.Model);
                model.RequireTokens(sequence);
                model.Runner.Admit(sequence.Slot, sequence.Request.Conditioning);
                _jobs.BeginRecord(sequence, model.Runner);
                sequence.Begin(model.Runner.PrefixPositions(sequence.Slot, sequence.IsGuided));
            }
            catch (Exception error)
            {
                _jobs.Fail(sequence, error);
            }
        }
    }

    void Begin(LoadedModel model, DecodeBatch batch)
    {
        batch.Collect(_jobs.Running);
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
            _jobs.FailAll(batch.Sequences, error);
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
            _jobs.FailAll(batch.Sequences, error);
            return;
        }
        for (int i = 0; i < batch.Sequences.Length; i++)
        {
            _jobs.Advance(model, batch.Sequences[i], batch.Lengths[i]);
        }
    }
}

using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Parti.Inference.Execution;
using Parti.Inference.Sampling;
using Parti.Inference.Scheduling;

namespace Parti.Inference.Engine;

/// <summary>
/// What one turn of the engine does: take arrivals, schedule, one decode step over all slots, sample, publish.
/// Everything but the inboxes belongs to the engine's thread.
/// </summary>
sealed class EngineLoop(int slots, IModelSource source, ILogger logger) : IDisposable
{
    readonly ConcurrentQueue<SampleJob> _arrivals = new();
    readonly ConcurrentQueue<StageJob> _stageJobs = new();
    readonly Scheduler _scheduler = new(slots);
    readonly Dictionary<Sequence, SampleJob> _jobs = [];
    readonly List<SampleJob> _ended = [];
    readonly Dictionary<string, LoadedModel> _loaded = [];
    readonly DecodeInput[] _inputs = new DecodeInput[slots];
    readonly Sequence[] _stepped = new Sequence[slots];

    sealed record LoadedModel(IModelRunner Runner, TokenSampler Sampler);

    public bool HasWork => !_arrivals.IsEmpty || !_stageJobs.IsEmpty || !_scheduler.IsIdle;

    public void Post(SampleJob job) => _arrivals.Enqueue(job);

    public void Post(StageJob job) => _stageJobs.Enqueue(job);

    /// <summary>One turn. At most one other stage runs between two decode steps, so that sampling never starves.</summary>
    public void Turn()
    {
        TakeArrivals();
        DropCanceled();
        RunStageJob();
        Admit();
        foreach (LoadedModel model in _loaded.Values)
        {
            Step(model);
        }
    }

    public void Preload()
    {
        foreach (string name in source.Models.Keys)
        {
            try
            {
                Load(name);
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
        AbandonArrivals(error);
    }

    /// <summary>Fails what no turn has taken yet; may be called from any thread once no turn comes any more.</summary>
    public void AbandonArrivals(EngineRequestException error)
    {
        while (_arrivals.TryDequeue(out SampleJob? job))
        {
            job.Fail(error);
        }
        while (_stageJobs.TryDequeue(out StageJob? job))
        {
            job.Fail(error);
        }
    }

    public void Dispose()
    {
        foreach (LoadedModel model in _loaded.Values)
        {
            model.Runner.Dispose();
        }
        _loaded.Clear();
    }

    void TakeArrivals()
    {
        while (_arrivals.TryDequeue(out SampleJob? job))
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
        if (!_stageJobs.TryDequeue(out StageJob? job))
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
            job.Run(Load(job.Model).Runner);
        }
        catch (Exception error)
        {
            EngineLog.StageFailed(logger, job.Stage, job.Model, error);
            job.Fail(AsRequestError(error, job.Stage));
        }
    }

    void Admit()
    {
        foreach (Sequence sequence in _scheduler.Schedule())
        {
            try
            {
                LoadedModel model = Load(sequence.Model);
                RequireTokens(sequence.Request.KeptTokens, model.Runner.Vocabulary);
                model.Runner.Admit(sequence.Slot, sequence.Request.Conditioning);
            }
            catch (Exception error)
            {
                Fail(_jobs[sequence], error);
            }
        }
    }

    void Step(LoadedModel model)
    {
        int count = 0;
        foreach (Sequence sequence in _scheduler.Running)
        {
            if (sequence.Status == SequenceStatus.Running && sequence.Model == model.Runner.Description.Name)
            {
                int token = sequence.Position == 0 ? -1 : sequence.Tokens.Span[sequence.Position - 1];
                _inputs[count] = new DecodeInput(sequence.Slot, token, sequence.Position, IsGuided(sequence));
                _stepped[count++] = sequence;
            }
        }
        if (count == 0)
        {
            return;
        }
        try
        {
            model.Runner.DecodeStep(_inputs.AsSpan(0, count));
        }
        catch (Exception error)
        {
            // What the step left in the caches is unknown: all of its images fail, each slot is emptied by the next admission.
            FailAll(_stepped.AsSpan(0, count), error);
            return;
        }
        foreach (Sequence sequence in _stepped.AsSpan(0, count))
        {
            Advance(model, _jobs[sequence]);
        }
    }

    void Advance(LoadedModel model, SampleJob job)
    {
        Sequence sequence = job.Sequence;
        try
        {
            if (sequence.IsReplaying)
            {
                sequence.Replay();
            }
            else
            {
                sequence.Append(Draw(model, sequence));
                job.ReportLatest();
            }
        }
        catch (Exception error)
        {
            Fail(job, error);
            return;
        }
        if (sequence.IsComplete)
        {
            End(job, SequenceStatus.Finished);
            job.Finish();
        }
    }

    static int Draw(LoadedModel model, Sequence sequence) => model.Sampler.Sample(
        model.Runner.ConditionalLogits(sequence.Slot),
        IsGuided(sequence) ? model.Runner.UnconditionalLogits(sequence.Slot) : [],
        sequence.Request.Sampling,
        new TokenDraw(sequence.Request.Seed, sequence.Request.ImageIndex, sequence.Position));

    static bool IsGuided(Sequence sequence) => sequence.Request.Sampling.GuidanceScale != 1;

    void FailAll(ReadOnlySpan<Sequence> sequences, Exception error)
    {
        foreach (Sequence sequence in sequences)
        {
            Fail(_jobs[sequence], error);
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

    LoadedModel Load(string name)
    {
        if (_loaded.TryGetValue(name, out LoadedModel? model))
        {
            return model;
        }
        try
        {
            IModelRunner runner = source.Load(name, slots);
            model = new LoadedModel(runner, new TokenSampler(runner.Vocabulary));
        }
        catch (Exception error)
        {
            throw new EngineRequestException("model_unavailable", $"Model {name} cannot be loaded: {error.Message}", error);
        }
        _loaded.Add(name, model);
        return model;
    }

    static void RequireTokens(IReadOnlyList<int> tokens, int vocabulary)
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            if (tokens[i] < 0 || tokens[i] >= vocabulary)
            {
                throw new EngineRequestException(
                    "invalid_tokens", $"Kept token {i} is {tokens[i]}; tokens of this model are 0 to {vocabulary - 1}.");
            }
        }
    }

    static EngineRequestException AsRequestError(Exception error, string stage) => error as EngineRequestException
        ?? new EngineRequestException("stage_failed", $"The {stage} stage failed: {error.Message}", error);
}

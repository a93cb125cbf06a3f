using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orleans.Storage;
using Parti.Abstractions;
using Parti.Grains.Catalog;
using Parti.Grains.Storage;

namespace Parti.Grains.Jobs;

/// <content>From decision to disk, watchers, queues and workers.</content>
public sealed partial class JobGrain
{
    private const int EnqueueTries = 8;

    private DateTimeOffset Now => _time.GetUtcNow();

    private IJobCatalogGrain Catalog => GrainFactory.GetGrain<IJobCatalogGrain>(CatalogPartition.Of(_key, _options.CatalogPartitions));

    /// <inheritdoc/>
    public async Task<PokeAnswer> PokeAsync()
    {
        if (_job is not { } job)
        {
            return new(null);
        }

        if (job.State == JobState.Succeeded)
        {
            // The catalog still thinks it runs: the silo was lost just after the record was written, perhaps before job.json.
            await StoreDescriptionAsync(job);
        }

        foreach (IGrouping<Stage, int> group in JobStateMachine.Needs(job).GroupBy(need => need.Stage, need => need.Image))
        {
            ImmutableArray<int> images = [.. group];
            IReadOnlyList<EnqueueOutcome> outcomes = await Queue(job.Model, group.Key).EnqueueAsync([.. images.Select(ToItem)]);
            for (int i = 0; i < images.Length; i++)
            {
                await DropDeadHoldAsync(group.Key, images[i], outcomes[i]);
            }
        }

        return new(_job is null ? null : JobProjection.ToSummary(_job));
    }

    private IStageQueueGrain Queue(string model, Stage stage) => GrainFactory.GetGrain<IStageQueueGrain>(StageQueueKey.For(model, stage));

    private WorkItem ToItem(int image) => new(new(_key, image), _job!.Request.Priority, _job.CreatedAt, _job.HoldOf(image).Epoch);

    /// <summary>A lease that the queue does not know is dead: its worker and the queue were lost together.</summary>
    private async Task DropDeadHoldAsync(Stage stage, int image, EnqueueOutcome outcome)
    {
        if (_job is { } job && outcome != EnqueueOutcome.Leased && job.HoldOf(image).Hold is { } hold && hold.Stage == stage)
        {
            await ReportAsync(new LeaseLostReport { Stage = stage, Image = image, Epoch = hold.Epoch, Worker = hold.Worker });
        }
    }

    private Transition Decide(JobCommand command)
    {
        Transition transition = JobStateMachine.Apply(_job, command, Now);
        _job = transition.Job;
        foreach (JobEffect.Emit emit in transition.Effects.OfType<JobEffect.Emit>())
        {
            _log.Add(emit.Type, Now, JobProjection.ToChanges(_job!, emit.Type, emit.Image, Now));
        }

        return transition;
    }

    private async Task<SubmitAnswer> AcceptAsync(Transition transition)
    {
        try
        {
            Task listed = transition.Decision == Decision.Done ? Catalog.AddAsync(JobProjection.ToSummary(_job!)) : Task.CompletedTask;
            await Task.WhenAll(listed, transition.Decision == Decision.Done || _writer.IsDirty ? _writer.WriteAsync() : Task.CompletedTask);
        }
        catch (Exception exception) when (exception is not InconsistentStateException)
        {
            LogWriteFailed(_key, exception);
            await WithdrawAsync(transition.Job!);
            return new() { Outcome = SubmitOutcome.Unavailable, Error = ToError(exception) };
        }

        if (transition.Decision == Decision.Done)
        {
            Show();
            RunEffects(transition);
        }

        return new() { Outcome = SubmitOutcome.Accepted, Job = await SnapshotAsync(transition.Job!) };
    }

    private async Task WithdrawAsync(JobRecord job)
    {
        _job = null;
        _visible = null;
        _log.Discard();
        Run(Queue(job.Model, Stage.Sample).RemoveJobAsync(_key));
        try
        {
            await _writer.WriteAsync();
            await Catalog.RemoveAsync(_key);
        }
        catch (Exception exception)
        {
            // The sweep removes the line of a job that has no record.
            LogWriteFailed(_key, exception);
        }
    }

    private async Task FinishAsync(Transition transition)
    {
        if (transition.Durability == Durability.Eager)
        {
            bool describe = transition.Effects.Any(effect => effect is JobEffect.StoreDescription);
            await Task.WhenAll(describe ? StoreDescriptionAsync(transition.Job!) : Task.CompletedTask, WriteEagerAsync());
        }
        else if (transition.Durability == Durability.Lazy)
        {
            _writer.WriteLater(OnWriteFailed);
        }

        Show();
        RunEffects(transition);
    }

    private async Task WriteEagerAsync()
    {
        try
        {
            await _writer.WriteAsync();
        }
        catch (InconsistentStateException)
        {
            Fence();
            throw;
        }
        catch (Exception exception)
        {
            // The work is done whether or not the disk takes the record; it is written as soon as it can be.
            LogWriteFailed(_key, exception);
            _writer.WriteLater(OnWriteFailed);
        }
    }

    private bool OnWriteFailed(Exception exception)
    {
        LogWriteFailed(_key, exception);
        if (exception is InconsistentStateException)
        {
            Fence();
            return false;
        }

        return !_closing;
    }

    /// <summary>Another activation owns the job: whoever watches or reports goes there.</summary>
    private void Fence()
    {
        _closing = true;
        _log.Wake();
        DeactivateOnIdle();
    }

    private Task WriteStateAsync()
    {
        if (_job is null)
        {
            return _state.RecordExists ? _state.ClearStateAsync() : Task.CompletedTask;
        }

        _state.State = new() { Record = _job, Events = _log.ToStore(), SeqReserved = _log.Reservation };
        return _state.WriteStateAsync();
    }

    private void Show()
    {
        _visible = _job;
        _log.Publish();
    }

    private void AddRestored()
    {
        // Whoever watched before the restart may have missed anything that was not written: tell all of it.
        JobChanges all = JobProjection.ToChanges(_job!, JobEventType.Succeeded, null, Now) with { Stage = JobProjection.StageOf(_job!), StartedAt = _job!.StartedAt };
        _log.Add(JobEventType.Progress, Now, all);
        _log.Publish();
    }

    private void AddEnd()
    {
        JobEventType type = _job!.State switch
        {
            JobState.Succeeded => JobEventType.Succeeded,
            JobState.Failed => JobEventType.Failed,
            _ => JobEventType.Canceled,
        };
        _log.Add(type, Now, JobProjection.ToChanges(_job, type, null, Now));
        _log.Publish();
    }

    private void RunEffects(Transition transition)
    {
        foreach (JobEffect effect in transition.Effects)
        {
            switch (effect)
            {
                case JobEffect.Enqueue enqueue:
                    Run(EnqueueAsync(enqueue.Stage, enqueue.Images));
                    break;
                case JobEffect.Abort abort:
                    Run(GrainFactory.GetGrain<IWorkerGrain>(abort.Hold.Worker).AbortAsync(new(_key, abort.Image), abort.Hold.Epoch));
                    break;
                case JobEffect.LeaveQueues:
                    LeaveQueues();
                    break;
                case JobEffect.UpdateCatalog:
                    Run(Catalog.UpdateAsync(JobProjection.ToSummary(transition.Job!)));
                    break;
                case JobEffect.DropWorkspace:
                    _text = null;
                    _pictures.Clear();
                    break;
            }
        }
    }

    private void LeaveQueues()
    {
        if ((_job?.Model ?? _state.State.Record?.Model) is { } model)
        {
            foreach (Stage stage in (ReadOnlySpan<Stage>)[Stage.Encode, Stage.Sample, Stage.Detokenize, Stage.Upscale])
            {
                Run(Queue(model, stage).RemoveJobAsync(_key));
            }
        }
    }

    private async Task EnqueueAsync(Stage stage, ImmutableArray<int> images)
    {
        for (int attempt = 0; attempt < EnqueueTries && images.Length > 0; attempt++)
        {
            images = [.. images.Where(image => _job is { } job && !job.State.IsTerminal() && JobStateMachine.Wanted(job, stage, image))];
            if (images.Length == 0)
            {
                return;
            }

            try
            {
                IReadOnlyList<EnqueueOutcome> outcomes = await Queue(_job!.Model, stage).EnqueueAsync([.. images.Select(ToItem)]);

                // Leased, yet nobody holds it here: its last worker is about to let it go.
                images = [.. images.Where((image, i) => outcomes[i] == EnqueueOutcome.Leased && _job?.HoldOf(image).Hold is null)];
                if (images.Length == 0)
                {
                    return;
                }
            }
            catch (Exception exception)
            {
                LogEnqueueFailed(_key, stage, exception);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10 << attempt), _time);
        }
    }

    private async Task StoreDescriptionAsync(JobRecord job)
    {
        try
        {
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(JobProjection.ToSnapshot(job, Now, null), PartiJson.Default.JobSnapshot);
            await _results.PutAsync(ResultPaths.Description(_key, job.CreatedAt), json);
        }
        catch (ResultStoreException exception)
        {
            // The pictures are stored and say the same in themselves.
            LogDescriptionFailed(_key, exception);
        }
    }

    private void Run(Task task)
    {
        if (!task.IsCompletedSuccessfully)
        {
            _ = LogFailureAsync(task);
        }

        async Task LogFailureAsync(Task running)
        {
            try
            {
                await running;
            }
            catch (Exception exception)
            {
                LogEffectFailed(_key, exception);
            }
        }
    }

    private static JobError ToError(Exception exception)
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is ResultStoreException store)
            {
                return new(store.Code, store.Message);
            }
        }

        return new("storage_failed", $"The job could not be stored: {exception.Message}");
    }

    [LoggerMessage(1, LogLevel.Warning, "Job {Job}: the record could not be written")]
    private partial void LogWriteFailed(JobKey job, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "Job {Job}: could not queue for {Stage}; trying again")]
    private partial void LogEnqueueFailed(JobKey job, Stage stage, Exception exception);

    [LoggerMessage(3, LogLevel.Warning, "Job {Job}: job.json could not be written")]
    private partial void LogDescriptionFailed(JobKey job, Exception exception);

    [LoggerMessage(4, LogLevel.Warning, "Job {Job}: a message was not delivered; the sweep makes up for it")]
    private partial void LogEffectFailed(JobKey job, Exception exception);
}

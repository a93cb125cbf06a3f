using System.Text.Json;
using Microsoft.Extensions.Logging;
using Parti.Abstractions;
using Parti.Grains.Storage;

namespace Parti.Grains.Jobs;

/// <summary>Carries out what follows from a transition. Only writing is waited for: what gets lost on the way to others the sweep makes up for.</summary>
/// <param name="key">Which job.</param>
/// <param name="ledger">The job in memory.</param>
/// <param name="recorder">The job on the disk.</param>
/// <param name="queues">Its items in the queues.</param>
/// <param name="workspace">What it keeps in memory.</param>
/// <param name="catalog">Its partition of the catalog.</param>
/// <param name="results">Where its description is stored.</param>
/// <param name="grains">Reaches the workers.</param>
/// <param name="logger">Where failures are told.</param>
internal sealed class JobEffects(
    JobKey key,
    JobLedger ledger,
    JobRecorder recorder,
    JobQueues queues,
    JobWorkspace workspace,
    IJobCatalogGrain catalog,
    IResultStore results,
    IGrainFactory grains,
    ILogger logger)
{
    private Task _describing = Task.CompletedTask;

    /// <summary>Ends when no description is on its way to the store.</summary>
    internal Task Described => _describing;

    /// <summary>Writes, shows and tells a transition, each as soon as the one before allows; returns when the caller may be answered.</summary>
    internal async Task FinishAsync(Transition transition)
    {
        Task written = recorder.WriteAsync(transition.Durability);
        if (transition.Durability == Durability.Eager)
        {
            bool describe = transition.Effects.Any(effect => effect is JobEffect.StoreDescription);
            await ledger.ShowAfterAsync(Task.WhenAll(describe ? StoreDescriptionAsync(transition.Job!) : Task.CompletedTask, written));
        }
        else
        {
            await written;
            ledger.Show();
        }

        if (transition.Job is { } job)
        {
            Run(transition, job.Model);
        }
    }

    /// <summary>Begins the effects of a transition.</summary>
    /// <param name="transition">What was decided.</param>
    /// <param name="model">The job's model, also where the job is gone by now.</param>
    internal void Run(Transition transition, string model)
    {
        foreach (JobEffect effect in transition.Effects)
        {
            switch (effect)
            {
                case JobEffect.Enqueue enqueue:
                    Run(queues.EnqueueAsync(enqueue.Stage, enqueue.Images));
                    break;
                case JobEffect.Abort abort:
                    Run(grains.GetGrain<IWorkerGrain>(abort.Hold.Worker).AbortAsync(new(key, abort.Image), abort.Hold.Epoch));
                    break;
                case JobEffect.LeaveQueues:
                    Run(queues.LeaveAsync(model));
                    break;
                case JobEffect.UpdateCatalog:
                    Run(catalog.UpdateAsync(JobProjection.ToSummary(transition.Job!)));
                    break;
                case JobEffect.DropWorkspace:
                    workspace.Clear();
                    break;
            }
        }
    }

    /// <summary>Tells of a task's failure that nobody awaits.</summary>
    internal void Run(Task task)
    {
        if (!task.IsCompletedSuccessfully)
        {
            _ = LogFailureAsync(task);
        }
    }

    /// <summary>Returns when the catalog has the job on its list; a catalog that cannot write is told of, not waited for.</summary>
    internal async Task ListAsync(JobRecord job)
    {
        try
        {
            await catalog.AddAsync(JobProjection.ToSummary(job));
        }
        catch (Exception exception)
        {
            JobLog.EffectFailed(logger, key, exception);
        }
    }

    /// <summary>Writes the description beside the pictures.</summary>
    internal Task StoreDescriptionAsync(JobRecord job)
    {
        Task mine = DescribeAsync(job);
        _describing = Task.WhenAll(_describing, mine);
        return mine;
    }

    private async Task DescribeAsync(JobRecord job)
    {
        try
        {
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(JobProjection.ToSnapshot(job, ledger.Now, null), PartiJson.Default.JobSnapshot);
            await results.PutAsync(ResultPaths.Description(key, job.CreatedAt), json);
        }
        catch (ResultStoreException exception)
        {
            // The pictures are stored and say the same in themselves.
            JobLog.DescriptionFailed(logger, key, exception);
        }
    }

    private async Task LogFailureAsync(Task running)
    {
        try
        {
            await running;
        }
        catch (Exception exception)
        {
            JobLog.EffectFailed(logger, key, exception);
        }
    }
}

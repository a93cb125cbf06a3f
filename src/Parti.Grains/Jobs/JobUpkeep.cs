using Parti.Abstractions;

namespace Parti.Grains.Jobs;

/// <summary>Sets right what a loss left behind: items that are in no queue and leases that nobody holds. Lives on its grain's scheduler.</summary>
/// <param name="key">Which job.</param>
/// <param name="ledger">The job.</param>
/// <param name="queues">Its items in the queues.</param>
/// <param name="effects">Carries out what follows.</param>
/// <param name="grains">Reaches the workers.</param>
/// <param name="time">The clock.</param>
/// <param name="report">Reports to the job.</param>
internal sealed class JobUpkeep(
    JobKey key, JobLedger ledger, JobQueues queues, JobEffects effects, IGrainFactory grains, TimeProvider time, Func<WorkReport, Task<WorkOutcome>> report)
{
    // A silo that is gone answers nothing until the others know that it is.
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(1);

    /// <summary>Queues again whatever is needed.</summary>
    internal async Task<PokeAnswer> PokeAsync()
    {
        if (ledger.Current is not { } job)
        {
            return new(null);
        }

        if (ledger.Visible is null)
        {
            // Not accepted yet, and perhaps never: nobody may begin what could still be taken back.
            return new(JobProjection.ToSummary(job));
        }

        if (job.State == JobState.Succeeded)
        {
            // The catalog still thinks it runs: the silo was lost just after the record was written, perhaps before job.json.
            await effects.StoreDescriptionAsync(job);
        }

        foreach (IGrouping<Stage, int> group in JobStateMachine.Needs(job).GroupBy(need => need.Stage, need => need.Image))
        {
            int[] free = [.. group.Where(image => job.HoldOf(image).Hold is null)];
            if (ledger.Current is not null && free.Length > 0)
            {
                await queues.OfferAsync(group.Key, [.. free]);
            }

            foreach (int image in group.Except(free))
            {
                await SettleHoldAsync(image);
            }
        }

        return new(ledger.Current is { } current ? JobProjection.ToSummary(current) : null);
    }

    /// <summary>
    /// A lease whose worker says that it has it in hand is put under a queue's watch again, for the queue that granted it may have been
    /// lost: the work goes on. Any other is given up; if its worker lives after all, the fence refuses what it still reports.
    /// </summary>
    private async Task SettleHoldAsync(int image)
    {
        if (ledger.Current is not { } job || job.HoldOf(image).Hold is not { } hold)
        {
            return;
        }

        bool living = await IsInHandAsync(hold, image) && await queues.WatchAsync(job, hold, image);
        if (!living)
        {
            await report(new LeaseLostReport { Stage = hold.Stage, Image = image, Epoch = hold.Epoch, Worker = hold.Worker });
        }
    }

    private async Task<bool> IsInHandAsync(WorkHold hold, int image)
    {
        try
        {
            return await grains.GetGrain<IWorkerGrain>(hold.Worker).HoldsAsync(new(key, image), hold.Epoch).WaitAsync(AnswerPatience, time);
        }
        catch (Exception exception) when (CallAgain.IsUnknown(exception))
        {
            return false;
        }
    }
}

using System.Collections.Immutable;
using Parti.Abstractions;

namespace Parti.Grains.Jobs;

/// <summary>Sets right what a loss left behind: items that are in no queue and leases that nobody holds. Lives on its grain's scheduler.</summary>
/// <param name="ledger">The job.</param>
/// <param name="queues">Its items in the queues.</param>
/// <param name="effects">Carries out what follows.</param>
/// <param name="report">Reports to the job.</param>
internal sealed class JobUpkeep(JobLedger ledger, JobQueues queues, JobEffects effects, Func<WorkReport, Task<WorkOutcome>> report)
{
    /// <summary>Queues again whatever is needed.</summary>
    internal async Task<PokeAnswer> PokeAsync()
    {
        if (ledger.Current is not { } job)
        {
            return new(null);
        }

        if (job.State == JobState.Succeeded)
        {
            // The catalog still thinks it runs: the silo was lost just after the record was written, perhaps before job.json.
            await effects.StoreDescriptionAsync(job);
        }

        foreach (IGrouping<Stage, int> group in JobStateMachine.Needs(job).GroupBy(need => need.Stage, need => need.Image))
        {
            if (ledger.Current is null)
            {
                break;
            }

            ImmutableArray<int> images = [.. group];
            IReadOnlyList<EnqueueOutcome> outcomes = await queues.OfferAsync(group.Key, images);
            for (int i = 0; i < images.Length; i++)
            {
                await DropDeadHoldAsync(group.Key, images[i], outcomes[i]);
            }
        }

        return new(ledger.Current is { } current ? JobProjection.ToSummary(current) : null);
    }

    /// <summary>A lease that the queue does not know is dead: its worker and the queue were lost together.</summary>
    private async Task DropDeadHoldAsync(Stage stage, int image, EnqueueOutcome outcome)
    {
        if (ledger.Current is { } job && outcome != EnqueueOutcome.Leased && job.HoldOf(image).Hold is { } hold && hold.Stage == stage)
        {
            await report(new LeaseLostReport { Stage = stage, Image = image, Epoch = hold.Epoch, Worker = hold.Worker });
        }
    }
}

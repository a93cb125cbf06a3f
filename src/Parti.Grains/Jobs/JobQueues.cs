using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Parti.Abstractions;
using Parti.Grains.Queues;

namespace Parti.Grains.Jobs;

/// <summary>A job's items in the stage queues: hands them over, asks for their place, takes them back. Lives on its grain's scheduler.</summary>
/// <param name="key">Which job.</param>
/// <param name="ledger">The job.</param>
/// <param name="partitions">Partitions of every queue.</param>
/// <param name="grains">Reaches the queues.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where failures are told.</param>
internal sealed class JobQueues(JobKey key, JobLedger ledger, int partitions, IGrainFactory grains, TimeProvider time, ILogger logger)
{
    private const int EnqueueTries = 8;

    /// <summary>Asks for a place for each image, or each candidate where one chooses.</summary>
    internal Task<AdmitAnswer> AdmitAsync(JobRecord fresh) => Queue(fresh.Model, Stage.Sample).AdmitAsync(key, fresh.Images.Length);

    /// <summary>Offers items once.</summary>
    internal Task<IReadOnlyList<EnqueueOutcome>> OfferAsync(Stage stage, ImmutableArray<int> images)
    {
        JobRecord job = ledger.Current!;
        return Queue(job.Model, stage).EnqueueAsync([.. images.Select(image => ItemOf(job, image))]);
    }

    /// <summary>Has a queue watch over a lease that it may not know, since an earlier one granted it.</summary>
    /// <returns>False where the lease is lost: the item waits, or another worker has it.</returns>
    internal async Task<bool> WatchAsync(JobRecord job, WorkHold hold, int image) =>
        (await Queue(job.Model, hold.Stage).RenewAsync([new(ItemOf(job, image), hold.Epoch, hold.Worker)])).Count == 0;

    /// <summary>Offers items until each waits or is in a worker's hands, or the job needs it no more.</summary>
    internal async Task EnqueueAsync(Stage stage, ImmutableArray<int> images)
    {
        for (int attempt = 0; attempt < EnqueueTries && images.Length > 0; attempt++)
        {
            images = [.. images.Where(image => ledger.Current is { } job && !job.State.IsTerminal() && JobTransitions.Wanted(job, stage, image))];
            if (images.Length == 0)
            {
                return;
            }

            try
            {
                IReadOnlyList<EnqueueOutcome> outcomes = await OfferAsync(stage, images);

                // Leased, yet nobody holds it here: its last worker is about to let it go.
                images = [.. images.Where((image, i) => outcomes[i] == EnqueueOutcome.Leased && ledger.Current?.HoldOf(image).Hold is null)];
                if (images.Length == 0)
                {
                    return;
                }
            }
            catch (Exception exception)
            {
                JobLog.EnqueueFailed(logger, key, stage, exception);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10 << attempt), time);
        }
    }

    /// <summary>Takes the job out of every queue of a model.</summary>
    internal Task LeaveAsync(string model) => Task.WhenAll(
        new[] { Stage.Encode, Stage.Sample, Stage.Detokenize, Stage.Upscale, Stage.Rerank }.Select(stage => LeaveAsync(model, stage)));

    /// <summary>Takes the job out of one queue.</summary>
    internal Task LeaveAsync(string model, Stage stage) => Queue(model, stage).RemoveJobAsync(key);

    /// <summary>The whole job with its place in the line and the time it will take.</summary>
    internal async Task<JobSnapshot> DescribeAsync(JobRecord job)
    {
        Stage[] waiting = [.. JobStateMachine.Needs(job).Where(need => job.HoldOf(need.Image).Hold is null).Select(need => need.Stage).Distinct()];
        if (waiting.Length == 0)
        {
            return JobProjection.ToSnapshot(job, ledger.Now, null);
        }

        // Until the text is there, the images' own wait is still to come.
        IEnumerable<Stage> asked = job.TextReady ? waiting : waiting.Append(Stage.Sample).Distinct();
        QueuePlace?[] places = await Task.WhenAll(asked.Select(stage => Queue(job.Model, stage).GetPlaceAsync(key)));
        return JobProjection.ToSnapshot(job, ledger.Now, places.FirstOrDefault(place => place is not null), places);
    }

    private WorkItem ItemOf(JobRecord job, int image) => new(new(key, image), job.Request.Priority, job.CreatedAt, job.HoldOf(image).Epoch);

    private IStageQueueGrain Queue(string model, Stage stage) =>
        grains.Find<IStageQueueGrain>(StageQueueKey.For(model, stage, QueuePartition.Of(key, partitions)));
}

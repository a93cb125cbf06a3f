using Orleans.Concurrency;

namespace Parti.Abstractions;

/// <summary>
/// The queue of one stage of one model. Key: <c>model/stage</c>. In memory only: jobs queue again what they need when it is lost.
/// Order: priority, then fair share per tenant, then age.
/// </summary>
[Alias("parti.IStageQueueGrain")]
public interface IStageQueueGrain : IGrainWithStringKey
{
    /// <summary>Keeps a place for each image of a job, or says that the queue is full. Asked twice it answers the same.</summary>
    [Alias("Admit")]
    Task<AdmitAnswer> AdmitAsync(JobKey job, int images);

    /// <summary>Adds items that were admitted. Items that are known keep their place or their lease.</summary>
    /// <returns>One outcome per item.</returns>
    [Alias("Enqueue")]
    Task<IReadOnlyList<EnqueueOutcome>> EnqueueAsync(IReadOnlyList<WorkItem> items);

    /// <summary>Forgets everything of a job: places kept, items that wait and leases.</summary>
    [Alias("RemoveJob")]
    Task RemoveJobAsync(JobKey job);

    /// <summary>Takes leases. A worker that gets fewer than it asked for is woken when more arrives.</summary>
    /// <param name="worker">Worker id.</param>
    /// <param name="maximum">Most leases, at least 1.</param>
    [Alias("Lease")]
    Task<IReadOnlyList<WorkLease>> LeaseAsync(string worker, int maximum);

    /// <summary>Keeps leases alive; those that a restarted queue does not know are adopted.</summary>
    /// <returns>The leases that are lost to this worker, whose work must stop.</returns>
    [Alias("Renew")]
    Task<IReadOnlyList<WorkLease>> RenewAsync(IReadOnlyList<WorkLease> leases);

    /// <summary>Ends a lease whose work is done or no longer wanted.</summary>
    [Alias("Complete")]
    Task CompleteAsync(WorkLease lease);

    /// <summary>Gives an unfinished item back; it waits again and its next lease has a higher epoch.</summary>
    [Alias("Return")]
    Task ReturnAsync(WorkLease lease);

    /// <summary>Items in front of a job's first waiting one, or null when none of its items waits.</summary>
    [Alias("GetPosition"), AlwaysInterleave]
    Task<int?> GetPositionAsync(JobKey job);

    /// <summary>What waits.</summary>
    [Alias("Describe"), AlwaysInterleave]
    Task<QueueSnapshot> DescribeAsync();
}

/// <summary>The keys of stage queues.</summary>
public static class StageQueueKey
{
    /// <summary><c>model/stage</c>.</summary>
    public static string For(string model, Stage stage) => $"{model}/{stage}";

    /// <summary>Reads <c>model/stage</c>.</summary>
    /// <exception cref="FormatException">The text is no such key.</exception>
    public static (string Model, Stage Stage) Parse(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        int slash = key.LastIndexOf('/');
        return slash > 0 && Enum.TryParse(key[(slash + 1)..], out Stage stage)
            ? (key[..slash], stage)
            : throw new FormatException($"\"{key}\" is no stage queue; it reads model/stage.");
    }
}

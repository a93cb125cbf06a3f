using System.Globalization;
using Orleans.Concurrency;

namespace Parti.Abstractions;

/// <summary>
/// One partition of a stage's queue. Key: <c>model/stage</c>, or <c>model/stage/partition</c> for the second and later ones; a job's
/// items are all in one partition. In memory only: jobs queue again what they need when it is lost.
/// Order: priority, which grows with age, then fair share per tenant, then age.
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

    /// <summary>Ends leases whose work is done, and takes new ones.</summary>
    [Alias("Lease")]
    Task<LeaseAnswer> LeaseAsync(LeaseRequest request);

    /// <summary>A silo is dead: takes back at once what its workers held. What they may still report is refused by the epoch.</summary>
    /// <param name="silo">Its name.</param>
    /// <param name="generation">Which start of it; later ones live.</param>
    [Alias("Reclaim")]
    Task ReclaimAsync(string silo, int generation);

    /// <summary>Keeps leases alive; those that a restarted queue does not know are adopted.</summary>
    /// <returns>The leases that are lost to this worker, whose work must stop.</returns>
    [Alias("Renew")]
    Task<IReadOnlyList<WorkLease>> RenewAsync(IReadOnlyList<WorkLease> leases);

    /// <summary>Ends leases whose work is done or no longer wanted.</summary>
    [Alias("Complete")]
    Task CompleteAsync(IReadOnlyList<WorkLease> leases);

    /// <summary>Gives an unfinished item back; it waits again and its next lease has a higher epoch.</summary>
    [Alias("Return")]
    Task ReturnAsync(WorkLease lease);

    /// <summary>The jobs out of some that have no item here, waiting or leased.</summary>
    [Alias("FindUnknown"), AlwaysInterleave]
    Task<IReadOnlyList<JobKey>> FindUnknownAsync(IReadOnlyList<JobKey> jobs);

    /// <summary>A job's place, or null when none of its items waits or is expected.</summary>
    [Alias("GetPlace"), AlwaysInterleave]
    Task<QueuePlace?> GetPlaceAsync(JobKey job);

    /// <summary>What waits.</summary>
    [Alias("Describe"), AlwaysInterleave]
    Task<QueueSnapshot> DescribeAsync();

    /// <summary>Gives nothing more to workers, or gives again. What is leased stays leased.</summary>
    [Alias("SetPaused")]
    Task SetPausedAsync(bool paused);
}

/// <summary>The keys of pools and of the partitions of their queues.</summary>
public static class StageQueueKey
{
    /// <summary>A pool's key, <c>model/stage</c>; also that of its first partition.</summary>
    public static string For(string model, Stage stage) => $"{model}/{stage}";

    /// <summary>A partition's key.</summary>
    /// <param name="model">Model name.</param>
    /// <param name="stage">Stage.</param>
    /// <param name="partition">From 0.</param>
    public static string For(string model, Stage stage, int partition) => partition == 0
        ? For(model, stage)
        : string.Create(CultureInfo.InvariantCulture, $"{model}/{stage}/{partition}");

    /// <summary>Reads <c>model/stage</c> or <c>model/stage/partition</c>.</summary>
    /// <exception cref="FormatException">The text is no such key.</exception>
    public static (string Model, Stage Stage, int Partition) Parse(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        int slash = key.LastIndexOf('/');
        int partition = 0;
        string pool = slash > 0 && int.TryParse(key[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out partition) ? key[..slash] : key;
        slash = pool.LastIndexOf('/');
        return slash > 0 && Enum.TryParse(pool[(slash + 1)..], out Stage stage)
            ? (pool[..slash], stage, partition)
            : throw new FormatException($"\"{key}\" is no stage queue; it reads model/stage or model/stage/partition.");
    }
}

using System.Text;
using Parti.Abstractions;

namespace Parti.Grains.Queues;

/// <summary>Which partition of a stage's queue holds a job's items.</summary>
public static class QueuePartition
{
    // Another seed than the catalog's, or jobs of one catalog partition would all meet in one of the queue.
    private static readonly byte[] Seed = "queue:"u8.ToArray();

    /// <summary>A stable hash of the job's key.</summary>
    public static int Of(JobKey job, int partitions) =>
        partitions == 1 ? 0 : (int)(StableHash.Of([.. Seed, .. Encoding.UTF8.GetBytes(job.ToString())]) % (uint)partitions);
}

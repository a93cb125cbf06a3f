using System.Text;
using Parti.Abstractions;

namespace Parti.Grains.Catalog;

/// <summary>Which partition lists a job.</summary>
public static class CatalogPartition
{
    /// <summary>A stable hash of the job's key.</summary>
    public static long Of(JobKey job, int partitions) => StableHash.Of(Encoding.UTF8.GetBytes(job.ToString())) % (uint)partitions;
}

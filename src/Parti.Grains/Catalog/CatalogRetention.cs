using Microsoft.Extensions.Logging;
using Parti.Abstractions;

namespace Parti.Grains.Catalog;

/// <summary>Deletes jobs that ended long ago, with their pictures. A delete that is cut short leaves the job on the list, so the next round ends it.</summary>
/// <param name="grains">Reaches the jobs.</param>
/// <param name="age">How long ago; zero keeps all.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where failures are told.</param>
internal sealed partial class CatalogRetention(IGrainFactory grains, TimeSpan age, TimeProvider time, ILogger logger)
{
    // A round takes seconds, not minutes: what is left waits for the next one.
    private const int MostPerRound = 512;
    private const int DeletesAtOnce = 8;

    /// <summary>Deletes what is old enough.</summary>
    /// <param name="index">The jobs of the partition.</param>
    /// <returns>How many jobs went.</returns>
    internal async Task<int> RunAsync(CatalogIndex index)
    {
        if (age == TimeSpan.Zero)
        {
            return 0;
        }

        int gone = 0;
        foreach (JobKey[] batch in index.EndedBefore(time.GetUtcNow() - age, MostPerRound).Chunk(DeletesAtOnce))
        {
            bool[] deleted = await Task.WhenAll(batch.Select(DeleteAsync));
            gone += deleted.Count(done => done);
        }

        if (gone > 0)
        {
            LogDeleted(gone, age);
        }

        return gone;
    }

    private async Task<bool> DeleteAsync(JobKey job)
    {
        try
        {
            await grains.GetGrain<IJobGrain>(job.ToString()).DeleteAsync();
            return true;
        }
        catch (Exception exception)
        {
            LogNotDeleted(job, exception);
            return false;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "{Count} jobs that ended more than {Age} ago were deleted")]
    private partial void LogDeleted(int count, TimeSpan age);

    [LoggerMessage(2, LogLevel.Warning, "Job {Job} is old enough to go but could not be deleted; the next round tries again")]
    private partial void LogNotDeleted(JobKey job, Exception exception);
}

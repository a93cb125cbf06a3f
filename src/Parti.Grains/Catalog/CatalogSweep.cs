using Microsoft.Extensions.Logging;
using Parti.Abstractions;
using Parti.Grains.Queues;

namespace Parti.Grains.Catalog;

/// <summary>
/// Finds unfinished jobs that nobody looks after, and pokes them. A job with items in a queue is looked after there, so that a
/// long line costs a few questions and not one for each job; now and then all are poked nevertheless.
/// </summary>
/// <param name="grains">Reaches queues and jobs.</param>
/// <param name="partitions">Partitions of every queue.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where failures are told.</param>
internal sealed partial class CatalogSweep(IGrainFactory grains, int partitions, TimeProvider time, ILogger logger)
{
    private const int PokesAtOnce = 32;
    private const int AskedAtOnce = 4096;
    private const int AllEvery = 20;
    private static readonly Stage[] Stages = [Stage.Encode, Stage.Sample, Stage.Detokenize, Stage.Upscale, Stage.Rerank];
    private int _round;

    /// <summary>Pokes what needs it.</summary>
    /// <param name="open">Unfinished jobs.</param>
    /// <param name="answered">Told what each poked job says of itself; null where it is gone.</param>
    /// <returns>How many were poked.</returns>
    internal async Task<int> RunAsync(JobSummary[] open, Func<JobSummary, JobSummary?, Task> answered)
    {
        JobSummary[] poked = _round++ % AllEvery == AllEvery - 1 ? open : await WithoutQueueAsync(open);
        foreach (JobSummary[] batch in poked.Chunk(PokesAtOnce))
        {
            await Task.WhenAll(batch.Select(job => PokeAsync(job, answered)));
        }

        return poked.Length;
    }

    private async Task<JobSummary[]> WithoutQueueAsync(JobSummary[] open)
    {
        List<JobSummary> found = [];
        foreach (IGrouping<(string, int), JobSummary> group in open.GroupBy(job => (job.Model, QueuePartition.Of(KeyOf(job), partitions))))
        {
            foreach (JobSummary[] batch in group.Chunk(AskedAtOnce))
            {
                HashSet<JobKey> unknown = [.. await UnknownAsync(group.Key, [.. batch.Select(KeyOf)])];
                found.AddRange(batch.Where(job => unknown.Contains(KeyOf(job))));
            }
        }

        return [.. found];
    }

    private async Task<IReadOnlyList<JobKey>> UnknownAsync((string Model, int Partition) queue, IReadOnlyList<JobKey> jobs)
    {
        foreach (Stage stage in Stages)
        {
            if (jobs.Count == 0)
            {
                break;
            }

            try
            {
                jobs = await grains.GetGrain<IStageQueueGrain>(StageQueueKey.For(queue.Model, stage, queue.Partition)).FindUnknownAsync(jobs);
            }
            catch (Exception exception)
            {
                // A poke too many does no harm.
                LogNotAsked(queue.Model, stage, exception);
            }
        }

        return jobs;
    }

    private async Task PokeAsync(JobSummary listed, Func<JobSummary, JobSummary?, Task> answered)
    {
        JobKey key = KeyOf(listed);
        try
        {
            PokeAnswer answer = await CallAgain.RunAsync(() => grains.GetGrain<IJobWorkGrain>(key.ToString()).PokeAsync(), time, CallAgain.UntilADeathIsKnown);
            await answered(listed, answer.Job);
        }
        catch (Exception exception)
        {
            LogPokeFailed(key, exception);
        }
    }

    private static JobKey KeyOf(JobSummary job) => new(job.Tenant, job.Id);

    [LoggerMessage(1, LogLevel.Warning, "Job {Job} could not be poked; the next sweep tries again")]
    private partial void LogPokeFailed(JobKey job, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "The queue {Model}/{Stage} could not say which jobs it has")]
    private partial void LogNotAsked(string model, Stage stage, Exception exception);
}

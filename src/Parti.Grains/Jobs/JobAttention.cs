using Parti.Abstractions;

namespace Parti.Grains.Jobs;

/// <summary>Takes questions for a word's attention to a worker. Lives on its grain's scheduler and keeps nothing.</summary>
/// <param name="grains">Reaches the workers.</param>
internal sealed class JobAttention(IGrainFactory grains)
{
    /// <summary>Where a word drew attention, from the image's own worker if that is there.</summary>
    /// <param name="visible">The job; null where there is none.</param>
    /// <param name="image">Index of the picture.</param>
    /// <param name="word">The word.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Null when there is no such image.</returns>
    internal async Task<AttentionAnswer?> GetAsync(JobRecord? visible, int image, string word, CancellationToken cancellationToken)
    {
        if (visible is not { } job || image < 0 || JobPictures.Of(job).ElementAtOrDefault(image) is not { } shown)
        {
            return null;
        }

        if (shown.Tokens.Count < job.TokensTotal)
        {
            return new() { Outcome = AttentionOutcome.NotReady };
        }

        AttentionQuestion question = new()
        {
            Model = job.Model, ModelHash = job.Parameters.ModelHash, Prompt = job.Request.Prompt, Tokens = shown.Tokens.ToArray(), Word = word,
        };
        return await WorkerAsync(job.Model, shown.Worker) is { } worker
            ? await grains.GetGrain<IWorkerGrain>(worker).AttendAsync(question, cancellationToken)
            : new() { Outcome = AttentionOutcome.Busy, Reason = $"No worker both encodes and samples for model {job.Model} now; /api/workers lists those that are there." };
    }

    // The words are known to who encodes, the weights to who samples.
    private async Task<string?> WorkerAsync(string model, string? own)
    {
        IReadOnlyList<WorkerSnapshot> workers = await grains.GetGrain<IWorkerDirectoryGrain>(0).ListAsync();
        return workers
            .Where(worker => !worker.Draining && worker.Models.Contains(model) && worker.Stages.Contains(Stage.Encode) && worker.Stages.Contains(Stage.Sample))
            .OrderByDescending(worker => worker.Id == own)
            .FirstOrDefault()?.Id;
    }
}

using Parti.Abstractions;

namespace Parti.Grains.Jobs;

/// <summary>Shows the tokens so far.</summary>
internal static class JobPreview
{
    /// <summary>Has a worker draw an image as far as it is; its own worker if that is there.</summary>
    /// <returns>A PNG, or null when there is nothing to draw or nobody who could.</returns>
    internal static async Task<byte[]?> MakeAsync(IGrainFactory grains, JobRecord? visible, int image, CancellationToken cancellationToken)
    {
        if (visible is not { } job || image < 0 || JobPictures.Of(job).ElementAtOrDefault(image) is not { Tokens.Count: > 0 } shown)
        {
            return null;
        }

        IReadOnlyList<WorkerSnapshot> workers = await grains.GetGrain<IWorkerDirectoryGrain>(0).ListAsync();
        string? own = shown.Hold?.Worker;
        WorkerSnapshot? worker = workers
            .Where(candidate => candidate.Models.Contains(job.Model) && candidate.Stages.Contains(Stage.Detokenize))
            .OrderByDescending(candidate => candidate.Id == own)
            .FirstOrDefault();
        return worker is null
            ? null
            : await grains.GetGrain<IWorkerGrain>(worker.Id).PreviewAsync(job.Model, shown.Tokens.ToArray(), cancellationToken);
    }
}

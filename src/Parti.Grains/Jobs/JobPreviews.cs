using Parti.Abstractions;

namespace Parti.Grains.Jobs;

/// <summary>
/// Shows the tokens so far. What was drawn last of each image is kept, so that equal tokens are drawn once, whoever asks. Lives on its
/// grain's scheduler; only images that are being sampled are kept, at most one picture each.
/// </summary>
/// <param name="grains">Reaches the workers.</param>
internal sealed class JobPreviews(IGrainFactory grains)
{
    // By the image's own record, for with a choice another one may come to stand for the same picture.
    private readonly Dictionary<int, Drawing> _last = [];

    /// <summary>The picture so far of an image, drawn by its own worker if that is there.</summary>
    /// <param name="visible">The job; null where there is none.</param>
    /// <param name="image">Index of the picture.</param>
    /// <param name="tokens">How many of its first tokens are shown; null for all there are.</param>
    /// <param name="cancellationToken">Gives up waiting; what is being drawn is drawn, for others may wait for it.</param>
    /// <returns>Null when there is nothing to draw or nobody who could.</returns>
    internal async Task<PreviewPicture?> GetAsync(JobRecord? visible, int image, int? tokens, CancellationToken cancellationToken)
    {
        if (visible is not { } job || image < 0 || tokens < 1 || JobPictures.Of(job).ElementAtOrDefault(image) is not { Tokens.Count: > 0 } shown || shown.Tokens.Count < tokens)
        {
            return null;
        }

        Drawing drawing = Take(job, shown, tokens ?? shown.Tokens.Count);
        byte[]? png = await drawing.Png.WaitAsync(cancellationToken);
        return png is null ? null : new(drawing.Tokens, png);
    }

    /// <summary>Forgets what nobody will ask for again.</summary>
    internal void Clear() => _last.Clear();

    private Drawing Take(JobRecord job, ImageRecord shown, int tokens)
    {
        // A deleted job may be followed by another one of its name; a drawing that failed, or found no worker, is tried again.
        if (!_last.TryGetValue(shown.Index, out Drawing? last) || last.Tokens != tokens || last.CreatedAt != job.CreatedAt || last.IsLost)
        {
            last = new(job.CreatedAt, tokens);
            last.Png = DrawAsync(last, job.Model, shown);
            _last[shown.Index] = last;
        }

        return last;
    }

    private async Task<byte[]?> DrawAsync(Drawing drawing, string model, ImageRecord shown)
    {
        byte[]? png = null;
        try
        {
            IReadOnlyList<WorkerSnapshot> workers = await grains.GetGrain<IWorkerDirectoryGrain>(0).ListAsync();
            string? own = shown.Hold?.Worker;
            WorkerSnapshot? worker = workers
                .Where(candidate => candidate.Models.Contains(model) && candidate.Stages.Contains(Stage.Detokenize))
                .OrderByDescending(candidate => candidate.Id == own)
                .FirstOrDefault();
            png = worker is null ? null : await grains.GetGrain<IWorkerGrain>(worker.Id).PreviewAsync(model, shown.Tokens.ToArray()[..drawing.Tokens], CancellationToken.None);
            return png;
        }
        finally
        {
            drawing.IsLost = png is null;
        }
    }

    private sealed class Drawing(DateTimeOffset createdAt, int tokens)
    {
        internal DateTimeOffset CreatedAt => createdAt;

        internal int Tokens => tokens;

        /// <summary>Whether there will be no picture.</summary>
        internal bool IsLost { get; set; }

        internal Task<byte[]?> Png { get; set; } = Task.FromResult<byte[]?>(null);
    }
}

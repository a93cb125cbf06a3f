using Orleans.Concurrency;

namespace Parti.Abstractions;

/// <summary>One job as its owner sees it. Key: <see cref="JobKey"/>, <c>tenant/job</c>.</summary>
[Alias("parti.IJobGrain")]
public interface IJobGrain : IGrainWithStringKey
{
    /// <summary>Makes the job; the same body again gives the same job.</summary>
    [Alias("Submit")]
    Task<SubmitAnswer> SubmitAsync(GenerationRequest request, CancellationToken cancellationToken = default);

    /// <summary>The job now, or null where there is none.</summary>
    [Alias("GetSnapshot"), AlwaysInterleave]
    Task<JobSnapshot?> GetSnapshotAsync(CancellationToken cancellationToken = default);

    /// <summary>Events after a number, then each new one, ending after the terminal one. Empty where there is no job.</summary>
    /// <param name="afterSeq">The last number already seen; 0 for all that are kept.</param>
    /// <param name="cancellationToken">Stops the stream.</param>
    [Alias("Watch"), AlwaysInterleave]
    IAsyncEnumerable<JobEvent> WatchAsync(long afterSeq, CancellationToken cancellationToken = default);

    /// <summary>Stops the work at the next token. A job that already ended is refused; a canceled one is done.</summary>
    [Alias("Cancel")]
    Task<CommandAnswer> CancelAsync(CancellationToken cancellationToken = default);

    /// <summary>Queues a failed or canceled job again; kept tokens and stored images stay.</summary>
    [Alias("Retry")]
    Task<CommandAnswer> RetryAsync(CancellationToken cancellationToken = default);

    /// <summary>Removes a job and its stored images; one that still runs is canceled first.</summary>
    [Alias("Delete")]
    Task<CommandAnswer> DeleteAsync(CancellationToken cancellationToken = default);

    /// <summary>The picture so far, or null while there is nothing to see or no worker to draw it.</summary>
    /// <param name="image">Image index.</param>
    /// <param name="tokens">How many of its first tokens are shown, at least 1; null for all there are.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    [Alias("GetPreview"), AlwaysInterleave, ResponseTimeout("00:00:30")]
    Task<PreviewPicture?> GetPreviewAsync(int image, int? tokens, CancellationToken cancellationToken = default);

    /// <summary>Where a word of the prompt drew attention when an image was made; null where there is no such image.</summary>
    /// <param name="image">Image index.</param>
    /// <param name="word">The word.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    [Alias("GetAttention"), AlwaysInterleave, ResponseTimeout("00:00:40")]
    Task<AttentionAnswer?> GetAttentionAsync(int image, string word, CancellationToken cancellationToken = default);
}

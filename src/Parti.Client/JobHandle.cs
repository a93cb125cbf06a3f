using System.Security.Cryptography;
using Parti.Abstractions;

namespace Parti.Client;

/// <summary>One job. Cheap to make and to drop; the job does not depend on it.</summary>
public abstract class JobHandle
{
    /// <summary>Job id.</summary>
    public abstract string Id { get; }

    /// <summary>The job as it was when it was accepted; null where the handle comes from <see cref="IPartiClient.GetJob"/>.</summary>
    public virtual JobSnapshot? Accepted { get; internal set; }

    /// <summary>Events after a number, then each new one without loss or repeat, ending after the terminal one.</summary>
    /// <param name="afterSeq">The last number already seen; 0 for all that are kept.</param>
    /// <param name="cancellationToken">Stops watching; the job goes on.</param>
    /// <exception cref="JobNotFoundException">There is no such job.</exception>
    public abstract IAsyncEnumerable<JobEvent> WatchAsync(long afterSeq = 0, CancellationToken cancellationToken = default);

    /// <summary>Waits for the end and reads the pictures.</summary>
    /// <exception cref="JobFailedException">The work failed.</exception>
    /// <exception cref="JobCanceledException">The job was canceled.</exception>
    /// <exception cref="JobNotFoundException">There is no such job.</exception>
    public virtual Task<GenerationResult> GetResultAsync(CancellationToken cancellationToken = default) => GetResultAsync(null, cancellationToken);

    /// <summary>The job now.</summary>
    /// <exception cref="JobNotFoundException">There is no such job.</exception>
    public abstract Task<JobSnapshot> DescribeAsync(CancellationToken cancellationToken = default);

    /// <summary>Stops the work at the next token; a job that has ended stays as it is.</summary>
    /// <returns>The job afterwards.</returns>
    /// <exception cref="JobNotFoundException">There is no such job.</exception>
    public abstract Task<JobSnapshot> CancelAsync(CancellationToken cancellationToken = default);

    /// <summary>Queues a failed or canceled job again.</summary>
    /// <returns>The job afterwards.</returns>
    /// <exception cref="JobStateException">The job is neither failed nor canceled.</exception>
    /// <exception cref="JobNotFoundException">There is no such job.</exception>
    public abstract Task<JobSnapshot> RetryAsync(CancellationToken cancellationToken = default);

    /// <summary>Removes the job and its pictures; one that runs is canceled first.</summary>
    /// <exception cref="JobNotFoundException">There is no such job.</exception>
    public abstract Task DeleteAsync(CancellationToken cancellationToken = default);

    /// <summary>The stored bytes of one picture, or null while it is not stored.</summary>
    public abstract Task<byte[]?> ReadImageAsync(int index, CancellationToken cancellationToken = default);

    /// <summary>Writes the stored bytes of one picture to a file, which appears whole or not at all.</summary>
    /// <param name="index">Image index.</param>
    /// <param name="path">The file; one of that name is replaced.</param>
    /// <param name="cancellationToken">Gives up; no file is left.</param>
    /// <returns>False while the picture is not stored; then nothing is written.</returns>
    public virtual async Task<bool> SaveImageAsync(int index, string path, CancellationToken cancellationToken = default)
    {
        if (await ReadImageAsync(index, cancellationToken) is not { } bytes)
        {
            return false;
        }

        using MemoryStream content = new(bytes);
        await WholeFile.WriteAsync(path, content, cancellationToken);
        return true;
    }

    /// <summary>The picture so far as PNG, or null while there is nothing to see.</summary>
    public abstract Task<byte[]?> ReadPreviewAsync(int index, CancellationToken cancellationToken = default);

    /// <summary>The stored bytes of a picture of a finished job, or null where they are gone.</summary>
    internal virtual Task<byte[]?> ReadStoredAsync(ImageSnapshot image, CancellationToken cancellationToken) => ReadImageAsync(image.Index, cancellationToken);

    /// <summary>Waits for the end, telling of each event, and reads the pictures.</summary>
    internal async Task<GenerationResult> GetResultAsync(Action<JobEvent>? onEvent, CancellationToken cancellationToken)
    {
        await foreach (JobEvent next in WatchAsync(0, cancellationToken))
        {
            onEvent?.Invoke(next);
        }

        JobSnapshot job = await DescribeAsync(cancellationToken);
        return job.State switch
        {
            JobState.Succeeded => new(job, await ReadAllAsync(job, cancellationToken)),
            JobState.Canceled => throw new JobCanceledException(job),
            _ => throw new JobFailedException(job),
        };
    }

    private async Task<IReadOnlyList<GeneratedImage>> ReadAllAsync(JobSnapshot job, CancellationToken cancellationToken)
    {
        List<GeneratedImage> images = [];
        foreach (ImageSnapshot image in job.Images)
        {
            byte[] bytes = await ReadStoredAsync(image, cancellationToken)
                ?? throw new PartiUnavailableException("result_missing", $"The stored picture {image.Url} is gone; delete the job and make it again.");
            if (Convert.ToHexStringLower(SHA256.HashData(bytes)) != image.Sha256)
            {
                throw new PartiUnavailableException("result_damaged", $"The picture {image.Url} did not arrive as it is stored; read it once more.");
            }

            images.Add(new(image.Index, image.Seed, bytes, job.Parameters.OutputFormat, image.Sha256, image.Width!.Value, image.Height!.Value));
        }

        return images;
    }
}

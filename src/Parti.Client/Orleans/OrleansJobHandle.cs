using System.Runtime.CompilerServices;
using Parti.Abstractions;

namespace Parti.Client;

/// <summary>A job reached through its grain.</summary>
/// <param name="key">Which job.</param>
/// <param name="grain">Its grain.</param>
/// <param name="results">Where stored pictures are read.</param>
/// <param name="time">The clock.</param>
internal sealed class OrleansJobHandle(JobKey key, IJobGrain grain, IResultReader results, TimeProvider time) : JobHandle
{
    /// <inheritdoc/>
    public override string Id => key.Id;

    internal IJobGrain Grain => grain;

    /// <inheritdoc/>
    public override async IAsyncEnumerable<JobEvent> WatchAsync(long afterSeq = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        long seen = afterSeq;
        int failures = 0;
        while (true)
        {
            // Every event carries its number, so a stream that breaks is taken up where it broke.
            await using IAsyncEnumerator<JobEvent> events = grain.WatchAsync(seen, cancellationToken).GetAsyncEnumerator(cancellationToken);
            bool broken = false;
            while (!broken)
            {
                JobEvent? next = null;
                try
                {
                    if (await events.MoveNextAsync())
                    {
                        next = events.Current;
                    }
                }
                catch (Exception exception) when (CallPolicy.IsTransient(exception) || exception is EnumerationAbortedException)
                {
                    await CallPolicy.BackOffAsync(++failures, exception, time, cancellationToken);
                    broken = true;
                    continue;
                }

                if (next is null)
                {
                    break;
                }

                failures = 0;
                if (next.Seq > seen)
                {
                    seen = next.Seq;
                    yield return next;
                }
            }

            if (!broken && await HasEndedAsync(cancellationToken))
            {
                yield break;
            }
        }
    }

    /// <inheritdoc/>
    public override async Task<JobSnapshot> DescribeAsync(CancellationToken cancellationToken = default) =>
        await CallPolicy.CallAsync(() => grain.GetSnapshotAsync(cancellationToken), time, cancellationToken) ?? throw new JobNotFoundException(Id);

    /// <inheritdoc/>
    public override async Task<JobSnapshot> CancelAsync(CancellationToken cancellationToken = default)
    {
        CommandAnswer answer = await CommandAsync(() => grain.CancelAsync(cancellationToken), cancellationToken);
        return answer.Job!;
    }

    /// <inheritdoc/>
    public override async Task<JobSnapshot> RetryAsync(CancellationToken cancellationToken = default)
    {
        CommandAnswer answer = await CommandAsync(() => grain.RetryAsync(cancellationToken), cancellationToken);
        return answer.Outcome == CommandOutcome.Refused ? throw new JobStateException(answer.Reason!) : answer.Job!;
    }

    /// <inheritdoc/>
    public override Task DeleteAsync(CancellationToken cancellationToken = default) =>
        CommandAsync(() => grain.DeleteAsync(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public override async Task<byte[]?> ReadImageAsync(int index, CancellationToken cancellationToken = default)
    {
        JobSnapshot job = await DescribeAsync(cancellationToken);
        string? url = index >= 0 && index < job.Images.Count ? job.Images[index].Url : null;
        return url is null ? null : await results.ReadAsync(url, cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task<byte[]?> ReadPreviewAsync(int index, CancellationToken cancellationToken = default) =>
        (await GetPreviewAsync(index, cancellationToken))?.Png;

    internal Task<PreviewPicture?> GetPreviewAsync(int index, CancellationToken cancellationToken) =>
        CallPolicy.CallAsync(() => grain.GetPreviewAsync(index, cancellationToken), time, cancellationToken);

    internal override Task<byte[]?> ReadStoredAsync(ImageSnapshot image, CancellationToken cancellationToken) => results.ReadAsync(image.Url!, cancellationToken);

    private async Task<bool> HasEndedAsync(CancellationToken cancellationToken)
    {
        JobSnapshot? job = await CallPolicy.CallAsync(() => grain.GetSnapshotAsync(cancellationToken), time, cancellationToken);
        return job is null ? throw new JobNotFoundException(Id) : job.State.IsTerminal();
    }

    private async Task<CommandAnswer> CommandAsync(Func<Task<CommandAnswer>> command, CancellationToken cancellationToken)
    {
        CommandAnswer answer = await CallPolicy.CallAsync(command, time, cancellationToken);
        return answer.Outcome == CommandOutcome.NotFound ? throw new JobNotFoundException(Id) : answer;
    }
}

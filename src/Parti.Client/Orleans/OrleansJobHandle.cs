using System.Runtime.CompilerServices;
using Parti.Abstractions;

namespace Parti.Client;

/// <summary>A job reached through its grain.</summary>
/// <param name="key">Which job.</param>
/// <param name="grain">Its grain.</param>
/// <param name="results">Where stored pictures are read.</param>
/// <param name="calls">Repeats calls whose fate is unknown.</param>
internal sealed class OrleansJobHandle(JobKey key, IJobGrain grain, IResultReader results, CallPolicy calls) : JobHandle
{
    /// <inheritdoc/>
    public override string Id => key.Id;

    internal IJobGrain Grain => grain;

    /// <inheritdoc/>
    public override async IAsyncEnumerable<JobEvent> WatchAsync(long afterSeq = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        long seen = afterSeq;
        bool ended = false;
        CallPolicy.Failures failures = new(calls);
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
                catch (Exception exception) when (CallPolicy.IsTransient(exception, cancellationToken) || exception is EnumerationAbortedException)
                {
                    await failures.BackOffAsync(exception, cancellationToken);
                    broken = true;
                    continue;
                }

                if (next is null)
                {
                    break;
                }

                failures.End();
                if (next.Seq > seen)
                {
                    (seen, ended) = (next.Seq, next.IsTerminal);
                    yield return next;
                }
            }

            if (!broken && (ended || await HasEndedAsync(cancellationToken)))
            {
                yield break;
            }
        }
    }

    /// <inheritdoc/>
    public override async Task<JobSnapshot> DescribeAsync(CancellationToken cancellationToken = default) =>
        await calls.CallAsync(() => grain.GetSnapshotAsync(cancellationToken), cancellationToken) ?? throw new JobNotFoundException(Id);

    /// <inheritdoc/>
    public override async Task<JobSnapshot> CancelAsync(CancellationToken cancellationToken = default)
    {
        CommandAnswer answer = await CommandAsync(() => grain.CancelAsync(cancellationToken), cancellationToken);
        return answer.Job!;
    }

    /// <inheritdoc/>
    public override async Task<JobSnapshot> RetryAsync(CancellationToken cancellationToken = default)
    {
        int tries = 0;
        CommandAnswer answer = await CommandAsync(() => Counted(grain.RetryAsync, ref tries, cancellationToken), cancellationToken);

        // Where no answer came to the first one, it may be what this one is refused for.
        return answer.Outcome == CommandOutcome.Refused && tries == 1 ? throw new JobStateException(answer.Reason!) : answer.Job!;
    }

    /// <inheritdoc/>
    public override async Task DeleteAsync(CancellationToken cancellationToken = default)
    {
        int tries = 0;
        CommandAnswer answer = await calls.CallAsync(() => Counted(grain.DeleteAsync, ref tries, cancellationToken), cancellationToken);

        // Where no answer came to the first one, it may be what deleted the job.
        if (answer.Outcome == CommandOutcome.NotFound && tries == 1)
        {
            throw new JobNotFoundException(Id);
        }
    }

    /// <inheritdoc/>
    public override async Task<byte[]?> ReadImageAsync(int index, CancellationToken cancellationToken = default)
    {
        JobSnapshot job = await DescribeAsync(cancellationToken);
        string? url = index >= 0 && index < job.Images.Count ? job.Images[index].Url : null;
        return url is null ? null : await results.ReadAsync(url, cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task<byte[]?> ReadPreviewAsync(int index, CancellationToken cancellationToken = default) =>
        (await GetPreviewAsync(index, null, cancellationToken))?.Png;

    internal Task<PreviewPicture?> GetPreviewAsync(int index, int? tokens, CancellationToken cancellationToken) =>
        calls.CallAsync(() => grain.GetPreviewAsync(index, tokens, cancellationToken), cancellationToken);

    internal Task<AttentionAnswer?> GetAttentionAsync(int index, string word, CancellationToken cancellationToken) =>
        calls.CallAsync(() => grain.GetAttentionAsync(index, word, cancellationToken), cancellationToken);

    internal override Task<byte[]?> ReadStoredAsync(ImageSnapshot image, CancellationToken cancellationToken) => results.ReadAsync(image.Url!, cancellationToken);

    private async Task<bool> HasEndedAsync(CancellationToken cancellationToken)
    {
        JobSnapshot? job = await calls.CallAsync(() => grain.GetSnapshotAsync(cancellationToken), cancellationToken);
        return job is null ? throw new JobNotFoundException(Id) : job.State.IsTerminal();
    }

    private static Task<CommandAnswer> Counted(Func<CancellationToken, Task<CommandAnswer>> command, ref int tries, CancellationToken cancellationToken)
    {
        tries++;
        return command(cancellationToken);
    }

    private async Task<CommandAnswer> CommandAsync(Func<Task<CommandAnswer>> command, CancellationToken cancellationToken)
    {
        CommandAnswer answer = await calls.CallAsync(command, cancellationToken);
        return answer.Outcome == CommandOutcome.NotFound ? throw new JobNotFoundException(Id) : answer;
    }
}

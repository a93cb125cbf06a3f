using System.Net;
using System.Runtime.CompilerServices;
using Parti.Abstractions;

namespace Parti.Client;

/// <summary>A job reached over HTTP.</summary>
/// <param name="id">Which job.</param>
/// <param name="calls">The way to the server.</param>
internal sealed class HttpJobHandle(string id, HttpCalls calls) : JobHandle
{
    /// <inheritdoc/>
    public override string Id => id;

    /// <summary>Path of the job, relative to the server's address.</summary>
    internal string Path => $"api/jobs/{id}";

    /// <inheritdoc/>
    public override async IAsyncEnumerable<JobEvent> WatchAsync(long afterSeq = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        long seen = afterSeq;
        bool ended = false;
        int failures = 0;
        while (!ended)
        {
            // Every event carries its number, so a stream that breaks is taken up where it broke.
            await using EventStream stream = new(new(HttpMethod.Get, $"{Path}/events") { Job = id, LastEventId = seen }, calls);
            while (await stream.NextAsync(cancellationToken) is { } next)
            {
                failures = 0;
                if (next.Seq > seen)
                {
                    seen = next.Seq;
                    ended = next.IsTerminal;
                    yield return next;
                }
            }

            // A clean end without the terminal event: it was seen before, or the silo stops and another one goes on.
            ended = (ended && stream.Failure is null) || (stream.Failure is null && (await DescribeAsync(cancellationToken)).State.IsTerminal());
            if (!ended && failures++ > 0)
            {
                // The first time at once: most cuts are of one connection, not of the server.
                await calls.BackOffAsync(failures, stream.Failure ?? new IOException("The stream ended early."), cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public override Task<JobSnapshot> DescribeAsync(CancellationToken cancellationToken = default) =>
        calls.JsonAsync(new(HttpMethod.Get, Path) { Job = id }, PartiJson.Default.JobSnapshot, cancellationToken);

    /// <inheritdoc/>
    public override Task<JobSnapshot> CancelAsync(CancellationToken cancellationToken = default) => CommandAsync("cancel", cancellationToken);

    /// <inheritdoc/>
    public override Task<JobSnapshot> RetryAsync(CancellationToken cancellationToken = default) => CommandAsync("retry", cancellationToken);

    /// <inheritdoc/>
    public override Task DeleteAsync(CancellationToken cancellationToken = default) =>
        calls.SendAsync(new(HttpMethod.Delete, Path) { Job = id }, (_, _) => Task.FromResult(true), cancellationToken);

    /// <inheritdoc/>
    public override Task<byte[]?> ReadImageAsync(int index, CancellationToken cancellationToken = default) => ReadAsync($"images/{index}", cancellationToken);

    /// <inheritdoc/>
    public override Task<byte[]?> ReadPreviewAsync(int index, CancellationToken cancellationToken = default) => ReadAsync($"images/{index}/preview", cancellationToken);

    /// <inheritdoc/>
    public override Task<bool> SaveImageAsync(int index, string path, CancellationToken cancellationToken = default) => calls.SendAsync(
        new(HttpMethod.Get, $"{Path}/images/{index}") { Job = id, MayBeMissing = true },
        async (answer, token) =>
        {
            if (answer.StatusCode == HttpStatusCode.NotFound)
            {
                return false;
            }

            await using Stream body = await answer.Content.ReadAsStreamAsync(token);
            await WholeFile.WriteAsync(path, body, token);
            return true;
        },
        cancellationToken);

    private Task<JobSnapshot> CommandAsync(string verb, CancellationToken cancellationToken) =>
        calls.JsonAsync(new(HttpMethod.Post, $"{Path}/{verb}") { Job = id }, PartiJson.Default.JobSnapshot, cancellationToken);

    private Task<byte[]?> ReadAsync(string what, CancellationToken cancellationToken) => calls.SendAsync<byte[]?>(
        new(HttpMethod.Get, $"{Path}/{what}") { Job = id, MayBeMissing = true },
        async (answer, token) => answer.StatusCode == HttpStatusCode.NotFound ? null : await answer.Content.ReadAsByteArrayAsync(token),
        cancellationToken);
}

using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Parti.Abstractions;
using Parti.Client;
using Parti.Silo.Http.Health;

namespace Parti.Silo.Http.Jobs;

/// <summary>
/// A job's events as server-sent events: <c>id</c> is the event's number, <c>event</c> its type, <c>data</c> the event as JSON.
/// Ends after the terminal event. A stream that ends before it, be it cut or because the silo stops, is taken up with
/// <c>Last-Event-ID</c>.
/// </summary>
/// <param name="job">Which job.</param>
/// <param name="after">The last number already seen.</param>
/// <param name="keepAlive">Silence after which a comment is sent.</param>
/// <param name="time">The clock.</param>
/// <param name="readiness">Says when streams must end.</param>
internal sealed class JobEventStream(JobHandle job, long after, TimeSpan keepAlive, TimeProvider time, Readiness readiness) : IResult
{
    private static readonly byte[] Opening = Encoding.UTF8.GetBytes("retry: 1000\n\n");
    private static readonly byte[] KeepAlive = Encoding.UTF8.GetBytes(": keep-alive\n\n");

    /// <summary>A stream of a job that exists.</summary>
    /// <exception cref="JobNotFoundException">There is no such job.</exception>
    internal static async Task<IResult> OpenAsync(JobEventStream stream, JobHandle job, long after, CancellationToken cancellationToken)
    {
        JobSnapshot now = await job.DescribeAsync(cancellationToken);
        if (!now.State.IsTerminal() || after == 0)
        {
            return stream;
        }

        // "No content" tells a browser's EventSource not to come back after the terminal event.
        await foreach (JobEvent _ in job.WatchAsync(after, cancellationToken))
        {
            return stream;
        }

        return Results.NoContent();
    }

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        HttpResponse response = httpContext.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted, readiness.StreamsMustEnd);
        try
        {
            response.BodyWriter.Write(Opening);
            await WriteEventsAsync(response, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The watcher has gone, or goes on at another silo.
        }
        catch (JobNotFoundException)
        {
            // Deleted while it was watched: there is nothing to come.
        }
        catch (PartiException)
        {
            // The headers are out: only a cut connection says that this is not the end.
            httpContext.Abort();
        }
    }

    private async Task WriteEventsAsync(HttpResponse response, CancellationToken cancellationToken)
    {
        IAsyncEnumerator<JobEvent> events = job.WatchAsync(after, cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            while (await NextAsync(events, response, cancellationToken))
            {
                Write(response.BodyWriter, JobLinks.Link(job.Id, events.Current));
            }

            await response.BodyWriter.FlushAsync(cancellationToken);
        }
        finally
        {
            await events.DisposeAsync();
        }
    }

    private async Task<bool> NextAsync(IAsyncEnumerator<JobEvent> events, HttpResponse response, CancellationToken cancellationToken)
    {
        Task<bool> next = events.MoveNextAsync().AsTask();
        try
        {
            while (!next.IsCompleted)
            {
                // Everything known is out before the wait begins.
                await response.BodyWriter.FlushAsync(cancellationToken);
                await WaitAsync(next, response, cancellationToken);
            }
        }
        finally
        {
            // An enumerator must not be disposed of while it moves; the token stops it too.
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return await next;
    }

    private async Task WaitAsync(Task next, HttpResponse response, CancellationToken cancellationToken)
    {
        try
        {
            await next.WaitAsync(keepAlive, time, cancellationToken);
        }
        catch (TimeoutException) when (!next.IsCompleted)
        {
            response.BodyWriter.Write(KeepAlive);
        }
    }

    private static void Write(IBufferWriter<byte> writer, JobEvent change)
    {
        string type = JsonNamingPolicy.SnakeCaseLower.ConvertName(change.Type.ToString());
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {change.Seq}\nevent: {type}\ndata: "), writer);

        // JSON of one line: line breaks in texts are escaped.
        writer.Write(JsonSerializer.SerializeToUtf8Bytes(change, PartiEventJson.Default.JobEvent));
        writer.Write("\n\n"u8);
    }
}

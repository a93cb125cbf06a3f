using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Parti.Abstractions;
using Parti.Client;
using Parti.Grains.Imaging;
using Parti.Inference.Imaging;
using Parti.Silo.Http.Tenants;

namespace Parti.Silo.Http.OpenAi;

/// <summary>The streamed answer: pictures so far, then each image as it is finished, as server-sent events.</summary>
/// <param name="clients">Whose pictures a request may see.</param>
/// <param name="encoder">Writes pictures so far in the format asked for.</param>
/// <param name="options">How long a stream may be silent.</param>
/// <param name="time">The clock.</param>
internal sealed class ImageStreams(TenantClients clients, IPictureEncoder encoder, IOptions<PartiHttpOptions> options, TimeProvider time)
{
    /// <summary>Writes the stream to its end. After its first byte a failure is an event.</summary>
    internal async Task<IResult> WriteAsync(HttpContext context, JobHandle job, ImageCall call)
    {
        HttpResponse response = context.Response;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await response.StartAsync(context.RequestAborted);
        try
        {
            await WriteImagesAsync(context, job, call);
        }
        catch (Exception error) when (OpenAiFailures.Of(error) is { } known)
        {
            await WriteAsync(response, "error", known.ToJson(), context.RequestAborted);
        }

        return Results.Empty;
    }

    private async Task WriteImagesAsync(HttpContext context, JobHandle job, ImageCall call)
    {
        PartialSchedule schedule = new(call.PartialImages, call.Request.N);
        HashSet<int> finished = [];
        await foreach (JobEvent change in KeepAliveAsync(context, job))
        {
            foreach (ImageSnapshot image in change.Changed.Images ?? [])
            {
                await WritePartialsAsync(context, job, call, image, schedule);
                if (image.Url is not null && finished.Add(image.Index))
                {
                    await WriteFinishedAsync(context, job, call, image);
                }
            }
        }

        JobSnapshot end = await job.DescribeAsync(context.RequestAborted);
        ImageAnswers.RequireSuccess(end);

        // Events of long ago are not kept: what they would have told is in the job.
        foreach (ImageSnapshot image in end.Images.Where(image => finished.Add(image.Index)))
        {
            await WritePartialsAsync(context, job, call, image, schedule);
            await WriteFinishedAsync(context, job, call, image);
        }
    }

    private async Task WritePartialsAsync(HttpContext context, JobHandle job, ImageCall call, ImageSnapshot image, PartialSchedule schedule)
    {
        foreach ((int partial, int tokens) in schedule.Take(image))
        {
            if (await clients.PreviewAsync(context, job.Id, image.Index, tokens, context.RequestAborted) is { } preview)
            {
                byte[] bytes = await Task.Run(() => Fit(preview.Png, call), context.RequestAborted);
                await WriteAsync(context, Event(call, job, image, $"{call.EventPrefix}.partial_image", bytes, partial, null));
            }
        }
    }

    private async Task WriteFinishedAsync(HttpContext context, JobHandle job, ImageCall call, ImageSnapshot image)
    {
        byte[] bytes = await ImageAnswers.ReadAsync(job, image.Index, context.RequestAborted);
        UsageBody usage = call.UsageOf(await job.DescribeAsync(context.RequestAborted), image.Index);
        await WriteAsync(context, Event(call, job, image, $"{call.EventPrefix}.completed", bytes, null, usage));
    }

    // A preview has the native size; it is shown in the size and format of the result.
    private byte[] Fit(byte[] preview, ImageCall call) => encoder.Encode(
        PictureScaler.FitSquare(PictureDecoder.Decode(preview), call.Edge), call.Request.OutputFormat, null, call.Request.OutputCompression);

    private ImageEventBody Event(ImageCall call, JobHandle job, ImageSnapshot image, string type, byte[] bytes, int? partial, UsageBody? usage) => new(
        type, bytes, time.GetUtcNow().ToUnixTimeSeconds(), call.Size, call.Quality, ImageAnswers.Background, call.Format, partial, usage, image.Index, job.Id, image.Seed);

    private static Task WriteAsync(HttpContext context, ImageEventBody body) =>
        WriteAsync(context.Response, body.Type, JsonSerializer.SerializeToUtf8Bytes(body, OpenAiJson.Default.ImageEventBody), context.RequestAborted);

    private static async Task WriteAsync(HttpResponse response, string name, byte[] json, CancellationToken cancellationToken)
    {
        await response.Body.WriteAsync(Encoding.UTF8.GetBytes($"event: {name}\ndata: "), cancellationToken);
        await response.Body.WriteAsync(json, cancellationToken);
        await response.Body.WriteAsync("\n\n"u8.ToArray(), cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }

    /// <summary>The job's events, with a comment in each long silence, so that both ends notice a dead connection.</summary>
    private async IAsyncEnumerable<JobEvent> KeepAliveAsync(HttpContext context, JobHandle job)
    {
        IAsyncEnumerator<JobEvent> events = job.WatchAsync(0, context.RequestAborted).GetAsyncEnumerator(context.RequestAborted);
        Task<bool> next = Task.FromResult(false);
        try
        {
            while (true)
            {
                next = events.MoveNextAsync().AsTask();
                while (await Task.WhenAny(next, Task.Delay(options.Value.KeepAliveInterval, time, context.RequestAborted)) != next)
                {
                    context.RequestAborted.ThrowIfCancellationRequested();
                    await context.Response.Body.WriteAsync(": keep-alive\n\n"u8.ToArray(), context.RequestAborted);
                    await context.Response.Body.FlushAsync(context.RequestAborted);
                }

                if (!await next)
                {
                    yield break;
                }

                yield return events.Current;
            }
        }
        finally
        {
            // An enumerator must not be disposed of while it moves; the token stops it too.
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await events.DisposeAsync();
        }
    }
}

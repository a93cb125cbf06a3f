using Microsoft.AspNetCore.Http;
using Parti.Abstractions;
using Parti.Client;

namespace Parti.Silo.Http.OpenAi;

/// <summary>The answer that is not streamed.</summary>
/// <param name="links">Makes links to pictures.</param>
/// <param name="time">The clock.</param>
internal sealed class ImageAnswers(ResultLinks links, TimeProvider time)
{
    /// <summary>Background of every picture.</summary>
    internal const string Background = "opaque";

    /// <summary>Waits for the job's end.</summary>
    /// <exception cref="PartiException">The job failed or was canceled.</exception>
    internal async Task<IResult> WaitAsync(HttpContext context, JobHandle job, ImageCall call)
    {
        await foreach (JobEvent _ in job.WatchAsync(0, context.RequestAborted))
        {
            // Only the end counts.
        }

        JobSnapshot end = await job.DescribeAsync(context.RequestAborted);
        RequireSuccess(end);
        List<ImageData> data = [];
        foreach (ImageSnapshot image in end.Images)
        {
            data.Add(call.Links
                ? new(null, links.For(context.Request, end, image.Index), image.Seed, image.Candidate)
                : new(await ReadAsync(job, image.Index, context.RequestAborted), null, image.Seed, image.Candidate));
        }

        ImagesBody body = new(time.GetUtcNow().ToUnixTimeSeconds(), Background, call.Format, call.Quality, call.Size, data, call.Usage(end));
        return Results.Json(body, OpenAiJson.Default.ImagesBody);
    }

    /// <summary>Throws unless the job succeeded.</summary>
    internal static void RequireSuccess(JobSnapshot job)
    {
        if (job.State != JobState.Succeeded)
        {
            throw job.State == JobState.Canceled ? new JobCanceledException(job) : new JobFailedException(job);
        }
    }

    /// <summary>The stored bytes of an image.</summary>
    internal static async Task<byte[]> ReadAsync(JobHandle job, int image, CancellationToken cancellationToken) =>
        await job.ReadImageAsync(image, cancellationToken)
            ?? throw new PartiUnavailableException("result_missing", $"The stored picture {image} of job {job.Id} is gone; make it again.");
}

using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;
using Parti.Abstractions;
using Parti.Client;
using Parti.Silo.Http.Problems;
using Parti.Silo.Http.Reference;
using Parti.Silo.Http.Tenants;

namespace Parti.Silo.Http.Jobs;

/// <summary>Pictures of a job: the stored bytes, the same in another format or size, and the picture so far.</summary>
/// <param name="clients">Whose jobs a request may see.</param>
/// <param name="conversions">Makes other formats and sizes.</param>
/// <param name="attention">What words drew attention to.</param>
internal sealed class ImageRoutes(TenantClients clients, PictureConversions conversions, AttentionRoute attention)
{
    private const int LeastEdge = 16;
    private const int MostEdge = 2048;
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Maps <c>/api/jobs/{id}/images/{index}</c>.</summary>
    /// <param name="api">The group <c>/api</c>.</param>
    internal void Map(RouteGroupBuilder api)
    {
        RouteGroupBuilder images = api.MapGroup("/jobs/{id}/images/{index}").WithTags("Images");
        images.MapMethods("", Methods, GetAsync).Produces<byte[]>(contentType: "image/png").Produces(304).ProducesProblem(404)
            .WithSummary("A picture's bytes.").WithDescription("ETag, If-None-Match and Range are served.")
            .TakesQuery("format", "png, jpeg or webp; as stored where it is left out.").TakesQuery("size", $"Edge in pixels, {LeastEdge} to {MostEdge}; as stored where it is left out.", JsonSchemaType.Integer);
        images.MapGet("/preview", PreviewAsync).Produces<byte[]>(contentType: "image/png").Produces(304).ProducesProblem(404)
            .WithSummary("The picture so far, drawn from the tokens so far; the finished picture once it is stored. If-None-Match draws it only where there are more tokens.");
        attention.Map(images);
    }

    /// <summary>The job and one of its images.</summary>
    /// <exception cref="InvalidRequestException">The index is none of the job's.</exception>
    internal static async Task<(JobSnapshot Job, ImageSnapshot Image)> FindAsync(JobHandle handle, string index, CancellationToken cancellationToken)
    {
        JobSnapshot job = await handle.DescribeAsync(cancellationToken);
        return int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < job.Images.Count
            ? (job, job.Images[number])
            : throw ProblemAnswers.Parameter("index", $"index is not one of the job's images, allowed is 0 to {job.Images.Count - 1}.");
    }

    /// <summary>Why there are no bytes of an image.</summary>
    internal static IResult NotStored(JobSnapshot job, ImageSnapshot image) => ProblemAnswers.Of(
        StatusCodes.Status404NotFound,
        "image_not_ready",
        job.State.IsTerminal()
            ? $"Image {image.Index} was never stored, as the job has {Word(job.State)}; retry the job."
            : $"Image {image.Index} is not stored yet; watch the job's events.");

    /// <summary>Bytes that should be there are not.</summary>
    internal static IResult Missing(ImageSnapshot image) => ProblemAnswers.Of(
        StatusCodes.Status404NotFound, "image_missing", $"The stored bytes of image {image.Index} are gone; delete the job and make it again.");

    /// <summary>Whether the caller has what a tag stands for.</summary>
    internal static bool IsKnown(HttpRequest request, EntityTagHeaderValue etag)
    {
        StringValues values = request.Headers.IfNoneMatch;
        return values.Count > 0 && EntityTagHeaderValue.TryParseList(values, out IList<EntityTagHeaderValue>? tags)
            && tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(etag, useStrongComparison: false));
    }

    private async Task<IResult> GetAsync(HttpContext context, string id, string index, CancellationToken cancellationToken)
    {
        QueryParameters query = new(context.Request, "format", "size");
        OutputFormat? wanted = query.Word<OutputFormat>("format");
        int? size = query.Whole("size", LeastEdge, MostEdge);
        JobHandle handle = clients.For(context).GetJob(id);
        (JobSnapshot job, ImageSnapshot image) = await FindAsync(handle, index, cancellationToken);
        return image.Url is null
            ? NotStored(job, image)
            : await SendAsync(context, handle, job, image, wanted ?? job.Parameters.OutputFormat, size);
    }

    private async Task<IResult> PreviewAsync(HttpContext context, string id, string index, CancellationToken cancellationToken)
    {
        _ = new QueryParameters(context.Request);
        JobHandle handle = clients.For(context).GetJob(id);
        (JobSnapshot job, ImageSnapshot image) = await FindAsync(handle, index, cancellationToken);
        if (image.Url is not null)
        {
            return await SendAsync(context, handle, job, image, OutputFormat.Png, null);
        }

        context.Response.Headers.CacheControl = "private, no-cache";
        EntityTagHeaderValue now = PreviewTag(job, image, image.TokensDone);
        if (image.TokensDone > 0 && IsKnown(context.Request, now))
        {
            // Before anything is drawn or read.
            context.Response.Headers.ETag = now.ToString();
            return Results.StatusCode(StatusCodes.Status304NotModified);
        }

        return await clients.PreviewAsync(context, id, image.Index, null, cancellationToken) is { } preview
            ? Results.Bytes(preview.Png, OutputFormat.Png.ContentType(), entityTag: PreviewTag(job, image, preview.Tokens))
            : ProblemAnswers.Of(StatusCodes.Status404NotFound, "preview_not_ready", $"There is nothing to see of image {image.Index} yet; look again when its tokens_done grows.");
    }

    // By the tokens that are shown; the time tells a job from a deleted one of its name, the candidate one choice from another.
    private static EntityTagHeaderValue PreviewTag(JobSnapshot job, ImageSnapshot image, int tokens) =>
        new(string.Create(CultureInfo.InvariantCulture, $"\"{job.CreatedAt.UtcTicks:x}-{image.Candidate ?? image.Index}-{tokens}\""));

    private async Task<IResult> SendAsync(HttpContext context, JobHandle handle, JobSnapshot job, ImageSnapshot image, OutputFormat format, int? size)
    {
        bool asStored = format == job.Parameters.OutputFormat && (size is null || (size == image.Width && size == image.Height));
        string tag = asStored ? image.Sha256! : string.Create(CultureInfo.InvariantCulture, $"{image.Sha256}-{format.Extension()}-{size}");
        EntityTagHeaderValue etag = new($"\"{tag}\"");
        context.Response.Headers.CacheControl = "private, no-cache";
        if (IsKnown(context.Request, etag))
        {
            // Before the bytes are read or converted.
            context.Response.Headers.ETag = etag.ToString();
            return Results.StatusCode(StatusCodes.Status304NotModified);
        }

        byte[]? bytes = await handle.ReadImageAsync(image.Index, context.RequestAborted);
        if (bytes is null)
        {
            return Missing(image);
        }

        byte[] sent = asStored ? bytes : await conversions.ConvertAsync(bytes, format, size, context.RequestAborted);
        return Results.Bytes(sent, format.ContentType(), enableRangeProcessing: true, entityTag: etag);
    }

    private static string Word(JobState state) => state == JobState.Canceled ? "been canceled" : state.ToString().ToLowerInvariant();
}

using Parti.Abstractions;

namespace Parti.Silo.Http.Jobs;

/// <summary>In answers, an image's <c>url</c> is where this interface serves it, not where the store keeps it.</summary>
internal static class JobLinks
{
    /// <summary>The path of a job.</summary>
    internal static string Job(string id) => $"/api/jobs/{id}";

    /// <summary>A job with the links of its stored images.</summary>
    internal static JobSnapshot Link(JobSnapshot job) => job with { Images = Link(job.Id, job.Images) };

    /// <summary>An event with the links of its stored images.</summary>
    internal static JobEvent Link(string id, JobEvent change) =>
        change.Changed.Images is { } images ? change with { Changed = change.Changed with { Images = Link(id, images) } } : change;

    private static List<ImageSnapshot> Link(string id, IReadOnlyList<ImageSnapshot> images) =>
        [.. images.Select(image => image.Url is null ? image : image with { Url = $"{Job(id)}/images/{image.Index}" })];
}

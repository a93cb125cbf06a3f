namespace Parti.Abstractions;

/// <summary>To callers outside of the cluster, an image's <c>url</c> is where the HTTP interface serves it, not where the store keeps it.</summary>
public static class JobLinks
{
    /// <summary>The path of a job.</summary>
    /// <param name="id">Job id.</param>
    public static string Job(string id) => $"/api/jobs/{id}";

    /// <summary>A job with the links of its stored images.</summary>
    public static JobSnapshot Link(JobSnapshot job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return job with { Images = Link(job.Id, job.Images) };
    }

    /// <summary>An event with the links of its stored images.</summary>
    public static JobEvent Link(string id, JobEvent change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return change.Changed.Images is { } images ? change with { Changed = change.Changed with { Images = Link(id, images) } } : change;
    }

    private static List<ImageSnapshot> Link(string id, IReadOnlyList<ImageSnapshot> images) =>
        [.. images.Select(image => image.Url is null ? image : image with { Url = $"{Job(id)}/images/{image.Index}" })];
}

using Parti.Abstractions;

namespace Parti.Grains.Storage;

/// <summary>Where a job's results are, relative to the store's root.</summary>
public static class ResultPaths
{
    /// <summary><c>jobs/tenant/yyyy/mm/dd/job</c>.</summary>
    public static string Folder(JobKey job, DateTimeOffset createdAt)
    {
        DateTime day = createdAt.UtcDateTime;
        return $"jobs/{job.Tenant}/{day:yyyy}/{day:MM}/{day:dd}/{job.Id}";
    }

    /// <summary><c>…/image.ext</c>.</summary>
    public static string Image(JobKey job, DateTimeOffset createdAt, int image, OutputFormat format) =>
        $"{Folder(job, createdAt)}/{image}.{format.Extension()}";

    /// <summary><c>…/image-digest.ext</c>, where <c>image.ext</c> is taken by other content; 16 digits of the digest.</summary>
    public static string Image(JobKey job, DateTimeOffset createdAt, int image, OutputFormat format, string digest)
    {
        ArgumentNullException.ThrowIfNull(digest);
        return $"{Folder(job, createdAt)}/{image}-{digest[..16]}.{format.Extension()}";
    }

    /// <summary><c>…/job.json</c>.</summary>
    public static string Description(JobKey job, DateTimeOffset createdAt) => $"{Folder(job, createdAt)}/job.json";
}

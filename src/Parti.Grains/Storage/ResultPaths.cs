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

    /// <summary><c>sources/tenant/job</c>: what a job edits is stored before the job has a day.</summary>
    public static string SourceFolder(JobKey job) => $"sources/{job.Tenant}/{job.Id}";

    /// <summary><c>sources/tenant/job/sha256.png</c>.</summary>
    public static string Source(JobKey job, string sha256) => $"{SourceFolder(job)}/{sha256}.png";

    /// <summary><c>…/job.json</c>.</summary>
    public static string Description(JobKey job, DateTimeOffset createdAt) => $"{Folder(job, createdAt)}/job.json";
}

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

    /// <summary>The media type that a path's extension stands for.</summary>
    public static string ContentType(string path) => Path.GetExtension(path) switch
    {
        ".png" => "image/png",
        ".jpg" or ".jpeg" => "image/jpeg",
        ".webp" => "image/webp",
        ".json" => "application/json",
        _ => "application/octet-stream",
    };

    /// <summary>Refuses what is no path of a result: a store must not be led out of its folder.</summary>
    /// <exception cref="ResultStoreException"><c>storage_path</c>.</exception>
    internal static void Require(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!path.Split('/').All(part => part is not ("" or "." or "..") && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')))
        {
            throw new ResultStoreException("storage_path", $"\"{path}\" is no result path; it consists of names of letters, digits, dashes and dots between single slashes.");
        }
    }
}

namespace Parti.Models.Checkpoints;

/// <summary>Why the system refused to write, as far as people can do something about it.</summary>
public enum FileFault
{
    /// <summary>Anything else; what the system said tells more.</summary>
    Other = 0,

    /// <summary>The disk or the owner's share of it is full.</summary>
    Full = 1,

    /// <summary>The folder or its file system may not be written.</summary>
    ReadOnly = 2,
}

/// <summary>Tells the faults apart by what the system said.</summary>
public static class FileFaults
{
    // Windows: ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL; else ENOSPC and EDQUOT of Linux and macOS.
    private static readonly int[] Full = OperatingSystem.IsWindows() ? [112, 39] : [28, 122, 69];

    // Windows: ERROR_ACCESS_DENIED, ERROR_WRITE_PROTECT; else EPERM, EACCES, EROFS.
    private static readonly int[] ReadOnly = OperatingSystem.IsWindows() ? [5, 19] : [1, 13, 30];

    /// <summary>The fault behind an error of a file operation.</summary>
    public static FileFault Of(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        int code = exception.HResult & 0xffff;
        if (exception is IOException and not (DirectoryNotFoundException or FileNotFoundException) && Full.Contains(code))
        {
            return FileFault.Full;
        }

        return exception is UnauthorizedAccessException || ReadOnly.Contains(code) ? FileFault.ReadOnly : FileFault.Other;
    }
}

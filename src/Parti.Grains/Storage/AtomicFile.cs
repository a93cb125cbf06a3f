namespace Parti.Grains.Storage;

/// <summary>Files that are either whole or absent: written aside, flushed to the disk, renamed.</summary>
internal static class AtomicFile
{
    // Windows: ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL; else ENOSPC and EDQUOT of Linux and macOS.
    private static readonly int[] Full = OperatingSystem.IsWindows() ? [112, 39] : [28, 122, 69];

    // Windows: ERROR_ACCESS_DENIED, ERROR_WRITE_PROTECT; else EPERM, EACCES, EROFS.
    private static readonly int[] ReadOnly = OperatingSystem.IsWindows() ? [5, 19] : [1, 13, 30];

    /// <summary>The folder of unfinished files; on the same file system as the root, so that a rename is atomic.</summary>
    internal static string TemporaryFolder(string root) => Path.Combine(root, ".tmp");

    /// <summary>Removes what a killed process left unfinished.</summary>
    internal static void RemoveLeftovers(string root, TimeProvider time)
    {
        DirectoryInfo folder = new(TemporaryFolder(root));
        if (!folder.Exists)
        {
            return;
        }

        // Another process may be writing there right now; nothing takes minutes to write.
        DateTime old = time.GetUtcNow().UtcDateTime - TimeSpan.FromMinutes(10);
        foreach (FileInfo file in folder.EnumerateFiles().Where(file => file.LastWriteTimeUtc < old))
        {
            file.Delete();
        }
    }

    /// <summary>Writes a file.</summary>
    /// <param name="root">The store's root.</param>
    /// <param name="path">Full path below the root.</param>
    /// <param name="content">Content, in pieces.</param>
    /// <param name="replace">Whether an existing file is replaced.</param>
    /// <returns>False when the file existed and was not to be replaced.</returns>
    /// <exception cref="ResultStoreException">The file cannot be written; nothing is left behind.</exception>
    internal static bool Write(string root, string path, ReadOnlySpan<ReadOnlyMemory<byte>> content, bool replace)
    {
        string temporary = Path.Combine(TemporaryFolder(root), Guid.NewGuid().ToString("n"));
        try
        {
            Directory.CreateDirectory(TemporaryFolder(root));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                foreach (ReadOnlyMemory<byte> piece in content)
                {
                    stream.Write(piece.Span);
                }

                stream.Flush(flushToDisk: true);
            }

            if (!replace && File.Exists(path))
            {
                File.Delete(temporary);
                return false;
            }

            return Rename(temporary, path, replace);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Discard(temporary);
            throw Explain(exception, path);
        }
    }

    /// <summary>A clear error for what the system said.</summary>
    internal static ResultStoreException Explain(Exception exception, string path)
    {
        int code = exception.HResult & 0xffff;
        if (exception is IOException and not (DirectoryNotFoundException or FileNotFoundException) && Full.Contains(code))
        {
            return new("storage_full", $"The disk is full: cannot write {path}; free some space and retry.", exception);
        }

        return exception is UnauthorizedAccessException || ReadOnly.Contains(code)
            ? new("storage_read_only", $"Cannot write {path}: the folder is read-only; make it writable or choose another one.", exception)
            : new("storage_failed", $"Cannot write {path}: {exception.Message}", exception);
    }

    private static bool Rename(string temporary, string path, bool replace)
    {
        try
        {
            File.Move(temporary, path, replace);
            return true;
        }
        catch (IOException) when (!replace && File.Exists(path))
        {
            File.Delete(temporary);
            return false;
        }
    }

    private static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to report; the leftover is removed at the next start.
        }
    }
}

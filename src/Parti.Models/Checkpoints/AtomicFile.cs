using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Parti.Models.Checkpoints;

/// <summary>
/// Files whose name always stands for the whole content: written under a temporary name on the same file system, flushed to
/// the disk, renamed, and the directory flushed, so that neither a killed process nor a lost power supply leaves half of one.
/// </summary>
public static class AtomicFile
{
    private const int DefaultBuffer = 1 << 16;

    // Nothing takes minutes to write, so what is older than this belongs to no living writer.
    private static readonly TimeSpan LeftoverAge = TimeSpan.FromMinutes(10);

    /// <summary>Writes a file, replacing one of the same name at once; on failure the old file stays and nothing is left behind.</summary>
    /// <param name="path">The file; its directory must exist.</param>
    /// <param name="write">Writes the contents.</param>
    /// <param name="temporaryFolder">Where the unfinished file lies, on the file system of <paramref name="path"/>; beside it when null.</param>
    /// <param name="buffer">Bytes that are gathered before the system gets them; 0 for contents that are written in one piece.</param>
    /// <exception cref="IOException">The file cannot be written; <see cref="FileFaults.Of"/> tells why.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory is read-only.</exception>
    public static void Write(string path, Action<Stream> write, string? temporaryFolder = null, int buffer = DefaultBuffer) =>
        Put(path, write, temporaryFolder, buffer, replace: true);

    /// <summary>Writes a file unless one of that name is there. Of several that create the same file exactly one succeeds.</summary>
    /// <param name="path">The file; its directory must exist.</param>
    /// <param name="write">Writes the contents.</param>
    /// <param name="temporaryFolder">Where the unfinished file lies, on the file system of <paramref name="path"/>; beside it when null.</param>
    /// <param name="buffer">Bytes that are gathered before the system gets them; 0 for contents that are written in one piece.</param>
    /// <returns>False when there was a file, which stays as it is.</returns>
    /// <exception cref="IOException">The file cannot be written; <see cref="FileFaults.Of"/> tells why.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory is read-only.</exception>
    public static bool TryCreate(string path, Action<Stream> write, string? temporaryFolder = null, int buffer = DefaultBuffer) =>
        Put(path, write, temporaryFolder, buffer, replace: false);

    /// <summary>Makes a directory and those above it that are missing, each durable in the one above.</summary>
    /// <param name="directory">The directory.</param>
    /// <exception cref="IOException">A file is in the way, or the disk is full.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory above is read-only.</exception>
    public static void CreateDirectory(string directory) => Flush(MakeDirectory(directory));

    /// <summary>The same, not durable yet: what is made for a file need not be flushed before the file is.</summary>
    /// <inheritdoc cref="CreateDirectory"/>
    /// <returns>What <see cref="Flush"/> must be told of, the deepest first; empty when everything was there.</returns>
    public static IReadOnlyList<string> MakeDirectory(string directory)
    {
        List<string> changed = [];
        string full = Path.GetFullPath(directory);
        for (string? at = full; at is not null && !Directory.Exists(at); at = Path.GetDirectoryName(at))
        {
            changed.Add(Path.GetDirectoryName(at) ?? at);
        }

        if (changed.Count > 0)
        {
            Directory.CreateDirectory(full);
        }

        return changed;
    }

    /// <summary>Makes new names in directories durable.</summary>
    /// <param name="directories">Directories that exist.</param>
    public static void Flush(IEnumerable<string> directories)
    {
        ArgumentNullException.ThrowIfNull(directories);
        foreach (string directory in directories)
        {
            FlushDirectory(directory);
        }
    }

    /// <summary>Removes what killed processes left unfinished in a folder of temporary files; nothing there is no error.</summary>
    /// <param name="temporaryFolder">A folder that holds nothing but temporary files.</param>
    /// <param name="time">The clock; another process may be writing there right now, so only old files go.</param>
    public static void RemoveLeftovers(string temporaryFolder, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        DirectoryInfo folder = new(temporaryFolder);
        if (!folder.Exists)
        {
            return;
        }

        DateTime old = time.GetUtcNow().UtcDateTime - LeftoverAge;
        foreach (FileInfo file in folder.EnumerateFiles().Where(file => file.LastWriteTimeUtc < old))
        {
            Discard(file.FullName);
        }
    }

    private static bool Put(string path, Action<Stream> write, string? temporaryFolder, int buffer, bool replace)
    {
        ArgumentNullException.ThrowIfNull(write);
        string full = Path.GetFullPath(path);
        string? directory = Path.GetDirectoryName(full);
        string temporary = Path.Combine(temporaryFolder ?? directory ?? "", $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (FileStream file = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, buffer))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }

            if (!Rename(temporary, full, replace))
            {
                return false;
            }
        }
        catch
        {
            Discard(temporary);
            throw;
        }

        FlushDirectory(directory);
        return true;
    }

    private static bool Rename(string temporary, string path, bool replace)
    {
        if (replace)
        {
            File.Move(temporary, path, overwrite: true);
            return true;
        }

        bool created = ExclusiveName.TryGive(temporary, path);
        if (!created)
        {
            File.Delete(temporary);
        }

        return created;
    }

    // A rename is on the disk only once its directory is; the framework opens no directory, so the system is asked.
    private static void FlushDirectory(string? directory)
    {
        if (directory is null || OperatingSystem.IsWindows())
        {
            return;
        }

        using SafeFileHandle handle = new(OpenForReading(directory, 0), ownsHandle: true);

        // A directory that may be written but not read cannot be flushed by name; the system writes it back by itself.
        if (!handle.IsInvalid)
        {
            RandomAccess.FlushToDisk(handle);
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
            // Whoever calls has an error of its own to report, or none that a leftover would be worth.
        }
    }

    [DllImport("libc", EntryPoint = "open")]
    private static extern int OpenForReading([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
}

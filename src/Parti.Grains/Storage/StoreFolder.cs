using Microsoft.Win32.SafeHandles;
using Parti.Models.Checkpoints;

namespace Parti.Grains.Storage;

/// <summary>The folder of a store: its files are whole or absent, and its errors say in one line what is wrong and the way out.</summary>
internal sealed class StoreFolder
{
    // Below the root and so on its file system: a rename out of it is atomic.
    private readonly string _temporary;

    /// <summary>Opens the folder; it is made when first written to.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="time">The clock; tells leftovers of a killed process from files being written.</param>
    internal StoreFolder(string root, TimeProvider time)
    {
        Root = Path.GetFullPath(root);
        _temporary = Path.Combine(Root, ".tmp");
        AtomicFile.RemoveLeftovers(_temporary, time);
    }

    /// <summary>Full path.</summary>
    internal string Root { get; }

    /// <summary>Writes a file, replacing one of that name.</summary>
    /// <param name="path">Full path below the root.</param>
    /// <param name="bytes">The content.</param>
    /// <exception cref="ResultStoreException">The file cannot be written; nothing is left behind.</exception>
    internal void Write(string path, ReadOnlyMemory<byte> bytes) => Prepared(path, () =>
    {
        AtomicFile.Write(path, stream => stream.Write(bytes.Span), _temporary, buffer: 0);
        return true;
    });

    /// <summary>Adds bytes to a file and flushes it. Nobody else may write there meanwhile.</summary>
    /// <param name="path">Full path of a file that exists.</param>
    /// <param name="end">Where they go, in bytes; what lies behind is cut off.</param>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="ResultStoreException">They cannot be written; the file ends where it did.</exception>
    internal static void Append(string path, long end, ReadOnlySpan<byte> bytes)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            Append(file, end, bytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Explain(exception, path);
        }
    }

    /// <summary>Writes a file unless there is one of that name.</summary>
    /// <param name="path">Full path below the root.</param>
    /// <param name="bytes">The content.</param>
    /// <returns>False when there was one, which stays as it is.</returns>
    /// <exception cref="ResultStoreException">The file cannot be written; nothing is left behind.</exception>
    internal bool TryCreate(string path, ReadOnlyMemory<byte> bytes) =>
        Prepared(path, () => !File.Exists(path) && AtomicFile.TryCreate(path, stream => stream.Write(bytes.Span), _temporary, buffer: 0));

    /// <summary>A clear error for what the system said.</summary>
    internal static ResultStoreException Explain(Exception exception, string path) => FileFaults.Of(exception) switch
    {
        FileFault.Full => new("storage_full", $"The disk is full: cannot write {path}; free some space and retry.", exception),
        FileFault.ReadOnly => new("storage_read_only", $"Cannot write {path}: the folder is read-only; make it writable or choose another one.", exception),
        _ => new("storage_failed", $"Cannot write {path}: {exception.Message}", exception),
    };

    private static void Append(SafeFileHandle file, long end, ReadOnlySpan<byte> bytes)
    {
        if (RandomAccess.GetLength(file) > end)
        {
            RandomAccess.SetLength(file, end);
        }

        try
        {
            RandomAccess.Write(file, bytes, end);
            RandomAccess.FlushToDisk(file);
        }
        catch
        {
            RandomAccess.SetLength(file, end);
            throw;
        }
    }

    private bool Prepared(string path, Func<bool> write)
    {
        try
        {
            AtomicFile.CreateDirectory(_temporary);
            IReadOnlyList<string> changed = AtomicFile.MakeDirectory(Path.GetDirectoryName(path)!);
            bool written = write();

            // The flushes of the file took new folders along on most file systems, so that these cost little.
            AtomicFile.Flush(changed);
            return written;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Explain(exception, path);
        }
    }
}

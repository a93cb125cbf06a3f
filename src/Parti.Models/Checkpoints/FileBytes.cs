using Microsoft.Win32.SafeHandles;

namespace Parti.Models.Checkpoints;

/// <summary>
/// Reads parts of a file into memory of the caller's. For going through a large file once: mapped pages would count as the process's memory
/// until the system takes them back.
/// </summary>
internal sealed class FileBytes : IDisposable
{
    private readonly SafeFileHandle _file;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    internal FileBytes(string path) => _file = File.OpenHandle(path);

    /// <summary>Reads bytes from a position on.</summary>
    /// <exception cref="EndOfStreamException">The file has become shorter.</exception>
    internal void Read(long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            int read = RandomAccess.Read(_file, destination, offset);
            if (read == 0)
            {
                throw new EndOfStreamException("A checkpoint became shorter while it was read.");
            }

            offset += read;
            destination = destination[read..];
        }
    }

    public void Dispose() => _file.Dispose();
}

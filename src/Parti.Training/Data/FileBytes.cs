using Microsoft.Win32.SafeHandles;

namespace Parti.Training.Data;

/// <summary>Reads parts of files without a position that threads would have to share.</summary>
static class FileBytes
{
    /// <summary>Fills a span from a place of a file, as far as the file goes.</summary>
    /// <returns>Bytes read.</returns>
    internal static int Read(SafeFileHandle handle, Span<byte> bytes, long offset)
    {
        int done = 0;
        while (done < bytes.Length)
        {
            int more = RandomAccess.Read(handle, bytes[done..], offset + done);
            if (more == 0)
            {
                break;
            }
            done += more;
        }
        return done;
    }

    /// <summary>Fills a span from a place of a file.</summary>
    /// <returns>False where the file ends before.</returns>
    internal static bool Fill(SafeFileHandle handle, Span<byte> bytes, long offset) => Read(handle, bytes, offset) == bytes.Length;
}

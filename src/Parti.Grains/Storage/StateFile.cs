using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Parti.Grains.Storage;

/// <summary>One record of a state file.</summary>
/// <param name="ETag">Of the record.</param>
/// <param name="Body">Its content.</param>
/// <param name="End">Where the next record goes, in bytes; null where the file is of a format that none can be added to.</param>
internal sealed record StoredState(string ETag, byte[] Body, long? End);

/// <summary>
/// The file of one grain: records one after the other, of which the last counts. Each is a header line (format, SHA-256 of the body, ETag, bytes
/// of the body) and a body without a zero byte. A change is added at the end: that is one flush of the disk, and no file is made or
/// removed. An addition that was cut short is shorter than it says or holds zeros, and was never confirmed; the record before it counts.
/// </summary>
internal static class StateFile
{
    private const string Magic = "parti-state-2";

    // One record to a file, without a length.
    private const string OldMagic = "parti-state-1";
    private const int MostHeaderBytes = 200;

    /// <summary>The bytes of a record.</summary>
    internal static byte[] ToRecord(string etag, byte[] body)
    {
        string header = string.Create(CultureInfo.InvariantCulture, $"{Magic} {Convert.ToHexStringLower(SHA256.HashData(body))} {etag} {body.Length}\n");
        return [.. Encoding.ASCII.GetBytes(header), .. body];
    }

    /// <summary>The last record, or null where there is no file.</summary>
    /// <exception cref="ResultStoreException"><c>storage_damaged</c>.</exception>
    internal static StoredState? Read(string path)
    {
        try
        {
            // Others may add meanwhile; what they have not finished is not seen.
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return LastOf(path, file);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>What is wrong with a file that cannot be read.</summary>
    internal static ResultStoreException Damaged(string path, Exception? inner = null) =>
        new("storage_damaged", $"The state file {path} is damaged; restore it from a copy or move it away.", inner);

    private static StoredState LastOf(string path, SafeFileHandle file)
    {
        long length = RandomAccess.GetLength(file);
        Entry? before = null, last = EntryAt(file, 0, length);
        while (last is not null && EntryAt(file, last.End, length) is { } next)
        {
            (before, last) = (last, next);
        }

        if (last is null)
        {
            throw Damaged(path);
        }

        // What follows the last record, and the last record itself where its content is not what it says, must be an addition that was cut short.
        StoredState? stored = last.End == length || IsCutShort(file, last.End, length) ? Load(file, last) : null;
        stored ??= before is not null && last.End == length && HoldsZero(file, before.End, length) ? Load(file, before) : null;
        return stored ?? throw Damaged(path);
    }

    // Null where no whole record begins.
    private static Entry? EntryAt(SafeFileHandle file, long at, long length)
    {
        Span<byte> head = stackalloc byte[MostHeaderBytes];
        head = head[..RandomAccess.Read(file, head, at)];
        int end = head.IndexOf((byte)'\n');
        string[] parts = end < 0 ? [] : Encoding.ASCII.GetString(head[..end]).Split(' ');
        long body = at + end + 1;
        return parts switch
        {
            [OldMagic, { Length: 64 }, { Length: > 0 }] when at == 0 => new(parts[1], parts[2], body, length, CanGrow: false),
            [Magic, { Length: 64 }, { Length: > 0 }, _] when int.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out int bytes) && body + bytes <= length =>
                new(parts[1], parts[2], body, body + bytes, CanGrow: true),
            _ => null,
        };
    }

    private static bool IsCutShort(SafeFileHandle file, long from, long length)
    {
        Span<byte> head = stackalloc byte[MostHeaderBytes];
        head = head[..RandomAccess.Read(file, head, from)];
        ReadOnlySpan<byte> magic = "parti-state-2 "u8;
        return HoldsZero(file, from, length) || head.StartsWith(magic[..Math.Min(magic.Length, head.Length)]);
    }

    // What a lost power supply kept from the disk, whichever pages that were, reads as zeros; no record holds one.
    private static bool HoldsZero(SafeFileHandle file, long from, long length)
    {
        byte[] bytes = new byte[length - from];
        int read = Fill(file, bytes, from);
        return bytes.AsSpan(0, read).Contains((byte)0);
    }

    private static int Fill(SafeFileHandle file, byte[] bytes, long from)
    {
        int read = 0;
        while (read < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(read), from + read) is int more and > 0)
        {
            read += more;
        }

        return read;
    }

    private static StoredState? Load(SafeFileHandle file, Entry entry)
    {
        byte[] body = new byte[entry.End - entry.Body];
        int read = Fill(file, body, entry.Body);
        bool same = read == body.Length && Convert.ToHexStringLower(SHA256.HashData(body)) == entry.Hash;
        return same ? new(entry.ETag, body, entry.CanGrow ? entry.End : null) : null;
    }

    private sealed record Entry(string Hash, string ETag, long Body, long End, bool CanGrow);
}

using System.Buffers.Binary;
using System.Text;

namespace Parti.Models.Checkpoints.Torch;

/// <summary>One entry of an archive, held against the file.</summary>
/// <param name="Offset">First byte of its contents in the file.</param>
/// <param name="Length">Bytes.</param>
internal readonly record struct ZipEntry(long Offset, long Length);

/// <summary>
/// The central directory of a zip archive whose entries are stored as they are, as torch writes them (APPNOTE 6.3.9, §4.3). Compressed and
/// encrypted entries, names twice, names that leave the archive, and entries that overlap or end outside of the file are refused, so
/// reading can never yield more bytes than the file has.
/// </summary>
internal sealed class ZipDirectory
{
    /// <summary>Most entries read; the largest published checkpoints have some thousands.</summary>
    internal const int EntryLimit = 200_000;

    private const int NameLimit = 512, EndBytes = 22, LocatorBytes = 20, CommentLimit = 65_535, DirectoryLimit = 128 << 20;
    private const uint EndMark = 0x06054b50, End64Mark = 0x06064b50, Locator64Mark = 0x07064b50, CentralMark = 0x02014b50, LocalMark = 0x04034b50;

    private readonly string _file;
    private readonly Stream _stream;
    private readonly Dictionary<string, ZipEntry> _entries = new(StringComparer.Ordinal);

    private ZipDirectory(string file, Stream stream) => (_file, _stream) = (file, stream);

    /// <summary>Entries by name.</summary>
    internal IReadOnlyDictionary<string, ZipEntry> Entries => _entries;

    /// <summary>Reads the directory.</summary>
    /// <param name="file">The file's name, for messages.</param>
    /// <param name="stream">The file, seekable.</param>
    /// <exception cref="CheckpointException">The archive is damaged or holds what is refused; the message names the entry.</exception>
    internal static ZipDirectory Read(string file, Stream stream)
    {
        ZipDirectory directory = new(file, stream);
        (long count, long size, long offset) = directory.End();
        if (count > EntryLimit || size > DirectoryLimit)
        {
            throw directory.Fault($"its directory has {count} entries and {size} bytes, allowed are {EntryLimit} and {DirectoryLimit}");
        }

        directory.ReadEntries(count, directory.Bytes(offset, (int)size));
        directory.CheckOverlaps();
        return directory;
    }

    private (long Count, long Size, long Offset) End()
    {
        int length = (int)Math.Min(_stream.Length, EndBytes + CommentLimit);
        byte[] tail = Bytes(_stream.Length - length, length);
        for (int at = length - EndBytes; at >= 0; at--)
        {
            ReadOnlySpan<byte> end = tail.AsSpan(at);
            if (U32(end, 0) == EndMark && U16(end, 20) == end.Length - EndBytes)
            {
                (long count, long size, long offset) = (U16(end, 10), U32(end, 12), U32(end, 16));
                return count == 0xffff || size == 0xffffffff || offset == 0xffffffff ? End64(_stream.Length - length + at) : (count, size, offset);
            }
        }

        throw Fault("it is no zip archive, or it is truncated");
    }

    private (long Count, long Size, long Offset) End64(long end)
    {
        byte[] locator = Bytes(end - LocatorBytes, LocatorBytes);
        byte[] record = U32(locator, 0) == Locator64Mark ? Bytes(I64(locator, 8), 56) : [];
        return record.Length > 0 && U32(record, 0) == End64Mark
            ? (I64(record, 32), I64(record, 40), I64(record, 48))
            : throw Fault("its 64-bit end record is missing");
    }

    private void ReadEntries(long count, ReadOnlySpan<byte> bytes)
    {
        for (long i = 0; i < count; i++)
        {
            if (bytes.Length < 46 || U32(bytes, 0) != CentralMark)
            {
                throw Fault("its directory is damaged");
            }

            int name = U16(bytes, 28), extra = U16(bytes, 30), length = 46 + name + extra + U16(bytes, 32);
            if (bytes.Length < length)
            {
                throw Fault("its directory is damaged");
            }

            Add(Encoding.UTF8.GetString(bytes.Slice(46, name)), bytes[..46], bytes.Slice(46 + name, extra));
            bytes = bytes[length..];
        }
    }

    private void Add(string name, ReadOnlySpan<byte> entry, ReadOnlySpan<byte> extra)
    {
        string shown = PickleText.Shown(name);
        if (name.Length is 0 or > NameLimit || name.EndsWith('/') || !ModelFileName.IsSafe(name.Length <= 200 ? name : name[..200]))
        {
            throw Fault($"entry \"{shown}\" has a name that leaves the archive or is no plain path");
        }

        if ((U16(entry, 8) & 1) != 0 || U16(entry, 10) != 0)
        {
            throw Fault($"entry \"{shown}\" is compressed or encrypted; torch stores tensors as they are");
        }

        long compressed = U32(entry, 20), size = U32(entry, 24), offset = U32(entry, 42);
        Extend(extra, ref size, ref compressed, ref offset);
        if (size != compressed)
        {
            throw Fault($"entry \"{shown}\" says it has {size} bytes and stores {compressed}");
        }

        if (!_entries.TryAdd(name, Locate(shown, name, offset, size)))
        {
            throw Fault($"entry \"{shown}\" is there twice");
        }
    }

    // The 64-bit numbers stand in this order and only where the 32-bit ones are all ones.
    private static void Extend(ReadOnlySpan<byte> extra, ref long size, ref long compressed, ref long offset)
    {
        while (extra.Length >= 4)
        {
            int length = U16(extra, 2);
            if (extra.Length < 4 + length)
            {
                return;
            }

            if (U16(extra, 0) == 1)
            {
                ReadOnlySpan<byte> values = extra.Slice(4, length);
                Take(ref size, ref values);
                Take(ref compressed, ref values);
                Take(ref offset, ref values);
            }

            extra = extra[(4 + length)..];
        }
    }

    private static void Take(ref long value, ref ReadOnlySpan<byte> values)
    {
        if (value == 0xffffffff && values.Length >= 8)
        {
            value = I64(values, 0);
            values = values[8..];
        }
    }

    private ZipEntry Locate(string shown, string name, long header, long size)
    {
        byte[] local = Bytes(header, 30);
        if (U32(local, 0) != LocalMark || Encoding.UTF8.GetString(Bytes(header + 30, U16(local, 26))) != name)
        {
            throw Fault($"entry \"{shown}\" is not where the directory says");
        }

        long start = header + 30 + U16(local, 26) + U16(local, 28);
        return size >= 0 && start <= _stream.Length && size <= _stream.Length - start
            ? new(start, size)
            : throw Fault($"entry \"{shown}\" ends outside of the file; it is truncated");
    }

    private void CheckOverlaps()
    {
        long end = 0;
        foreach ((string name, ZipEntry entry) in _entries.Where(entry => entry.Value.Length > 0).OrderBy(entry => entry.Value.Offset))
        {
            if (entry.Offset < end)
            {
                throw Fault($"entry \"{PickleText.Shown(name)}\" overlaps the entry before it");
            }

            end = entry.Offset + entry.Length;
        }
    }

    private byte[] Bytes(long offset, int length)
    {
        if (offset < 0 || length < 0 || offset > _stream.Length - length)
        {
            throw Fault("its directory points outside of the file");
        }

        byte[] bytes = new byte[length];
        _stream.Position = offset;
        _stream.ReadExactly(bytes);
        return bytes;
    }

    private CheckpointException Fault(string what) => new($"{_file}: {what}.");

    private static int U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long I64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
}

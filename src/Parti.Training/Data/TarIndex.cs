using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Parti.Training.Data;

/// <summary>A file inside an archive.</summary>
/// <param name="Name">Its path there.</param>
/// <param name="Offset">Where its bytes begin.</param>
/// <param name="Length">How many there are.</param>
readonly record struct TarMember(string Name, long Offset, long Length);

/// <summary>
/// Where the files of an uncompressed tar archive lie (POSIX.1-1988 ustar, POSIX.1-2001 pax, GNU long names and sizes), found by reading its
/// headers alone.
/// </summary>
static class TarIndex
{
    const int Block = 512, MostText = 1 << 20;

    /// <summary>The files in their order, and what is wrong with the archive from some place on; null for nothing.</summary>
    /// <param name="file">Archive.</param>
    /// <exception cref="DataException">The archive is compressed, no tar archive, or cannot be read.</exception>
    internal static (IReadOnlyList<TarMember> Members, string? Fault) Read(string file)
    {
        try
        {
            using SafeFileHandle handle = File.OpenHandle(file);
            List<TarMember> members = [];
            return (members, new Walk(file, handle, members).Run());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{file}: cannot be read: {error.Message}", error);
        }
    }

    sealed class Walk(string file, SafeFileHandle handle, List<TarMember> members)
    {
        readonly byte[] _header = new byte[Block];
        readonly long _end = RandomAccess.GetLength(handle);
        string? _name;
        long? _length;

        internal string? Run()
        {
            for (long at = 0; at < _end;)
            {
                if (!FileBytes.Fill(handle, _header, at))
                {
                    return $"ends inside a header at byte {at}";
                }
                if (_header.AsSpan().IndexOfAnyExcept((byte)0) < 0)
                {
                    break;
                }
                if (!TarHeader.IsSound(_header))
                {
                    return at == 0 ? throw NoArchive() : $"has a damaged header at byte {at}";
                }
                long data = at + Block, length = LengthOf();
                if (length < 0 || length > _end - data)
                {
                    return $"ends at byte {_end}, inside \"{_name ?? TarHeader.Name(_header)}\", which has {length} bytes from byte {data} on";
                }
                if (!Take(data, length))
                {
                    return $"has an extended header at byte {at} that cannot be read";
                }
                at = data + (length + Block - 1) / Block * Block;
            }
            return _name is null && _length is null ? null : $"ends at byte {_end}, before the member that its last header speaks of";
        }

        long LengthOf()
        {
            if (TarHeader.HasNoData(_header))
            {
                return 0;
            }
            return TarHeader.SpeaksOfNext(_header) ? TarHeader.Length(_header) : _length ?? TarHeader.Length(_header);
        }

        // Long names and pax records speak of the member that follows.
        bool Take(long data, long length)
        {
            switch ((char)_header[156])
            {
                case 'L':
                    _name = Bytes(data, length) is { } name ? Encoding.UTF8.GetString(name).TrimEnd('\0') : null;
                    return _name is not null;
                case 'x':
                    return Bytes(data, length) is { } records && PaxRecords.Apply(records, ref _name, ref _length);
                case 'g' or 'K':
                    return true;
                case '\0' or '0' or '7':
                    members.Add(new(_name ?? TarHeader.Name(_header), data, length));
                    break;
            }
            (_name, _length) = (null, null);
            return true;
        }

        byte[]? Bytes(long at, long length)
        {
            if (length > MostText)
            {
                return null;
            }
            byte[] bytes = new byte[length];
            return FileBytes.Fill(handle, bytes, at) ? bytes : null;
        }

        DataException NoArchive() => _header[0] == 0x1f && _header[1] == 0x8b
            ? new($"{file}: is compressed and cannot be read in place; unpack it with gunzip, pictures do not shrink anyway.")
            : new($"{file}: is no tar archive; name a .tar file of pictures and captions.");
    }
}

using System.Buffers.Binary;
using System.Text;

namespace Parti.Training.Data;

/// <summary>Fields of a tar header of 512 bytes.</summary>
static class TarHeader
{
    internal static bool IsSound(ReadOnlySpan<byte> header)
    {
        long sum = 8 * ' ', stored = Number(header.Slice(148, 8));
        for (int i = 0; i < header.Length; i++)
        {
            sum += i is >= 148 and < 156 ? 0 : header[i];
        }
        return sum == stored;
    }

    internal static long Length(ReadOnlySpan<byte> header) => Number(header.Slice(124, 12));

    /// <summary>Links, devices, folders and pipes, whatever their size field says.</summary>
    internal static bool HasNoData(ReadOnlySpan<byte> header) => (char)header[156] is >= '1' and <= '6';

    /// <summary>GNU long names and pax records.</summary>
    internal static bool SpeaksOfNext(ReadOnlySpan<byte> header) => (char)header[156] is 'L' or 'K' or 'x' or 'g';

    internal static string Name(ReadOnlySpan<byte> header)
    {
        string name = Text(header[..100]);
        bool posix = header.Slice(257, 6).SequenceEqual("ustar\0"u8) && header[345] != 0;
        return posix ? $"{Text(header.Slice(345, 155))}/{name}" : name;
    }

    static string Text(ReadOnlySpan<byte> field) => Encoding.UTF8.GetString(field.IndexOf((byte)0) is >= 0 and int end ? field[..end] : field);

    // Octal digits, or GNU's binary number with the highest bit set; -1 for neither.
    static long Number(ReadOnlySpan<byte> field)
    {
        if (field[0] == 0x80)
        {
            return BinaryPrimitives.ReadInt64BigEndian(field[^8..]);
        }
        long value = 0;
        foreach (byte digit in field.Trim(" \0"u8))
        {
            if (digit is < (byte)'0' or > (byte)'7')
            {
                return -1;
            }
            value = value * 8 + digit - '0';
        }
        return value;
    }
}

/// <summary>Records of a pax extended header: <c>length key=value\n</c>, the length in bytes and counting itself.</summary>
static class PaxRecords
{
    /// <summary>Takes over path and size.</summary>
    /// <returns>False where the records are malformed.</returns>
    internal static bool Apply(ReadOnlySpan<byte> records, ref string? name, ref long? length)
    {
        for (ReadOnlySpan<byte> rest = records; rest.Length > 0;)
        {
            int blank = rest.IndexOf((byte)' ');
            if (blank < 1 || !int.TryParse(rest[..blank], out int size) || size <= blank || size > rest.Length)
            {
                return false;
            }
            string record = Encoding.UTF8.GetString(rest[(blank + 1)..size]).TrimEnd('\n');
            int equals = record.IndexOf('=');
            string key = equals < 0 ? record : record[..equals], value = record[(equals + 1)..];
            if (key == "path")
            {
                name = value;
            }
            else if (key == "size")
            {
                if (!long.TryParse(value, out long number))
                {
                    return false;
                }
                length = number;
            }
            rest = rest[size..];
        }
        return true;
    }
}

using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Parti.Models.Checkpoints.Torch;

/// <summary>Reads the arguments of opcodes; every length is held against the bytes that are left before anything is allocated.</summary>
internal sealed class PickleBytes(ReadOnlyMemory<byte> bytes)
{
    private const int LineLimit = 4096, IntegerLimit = 8;

    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    private int _at;

    /// <summary>Position of the next byte.</summary>
    internal int Position => _at;

    internal byte U8() => Take(1)[0];

    internal int U16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    internal int I32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    internal long U32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    internal long U64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    internal double F64() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    internal byte[] Array(long length) => Take(length).ToArray();

    internal string Text(long length)
    {
        try
        {
            return Utf8.GetString(Take(length));
        }
        catch (ArgumentException)
        {
            throw new PickleException("a text is no UTF-8");
        }
    }

    /// <summary>A whole number of some bytes, little-endian, two's complement; numbers of no tensor's size become 0.</summary>
    internal long Integer(long length)
    {
        ReadOnlySpan<byte> digits = Take(length);
        if (digits.Length is 0 or > IntegerLimit + 2)
        {
            return 0;
        }

        return (long)Int128.Clamp((Int128)new System.Numerics.BigInteger(digits), long.MinValue, long.MaxValue);
    }

    /// <summary>The text up to the end of the line.</summary>
    internal string Line()
    {
        ReadOnlySpan<byte> rest = bytes.Span[_at..];
        int end = rest[..Math.Min(rest.Length, LineLimit)].IndexOf((byte)'\n');
        if (end < 0)
        {
            throw new PickleException("a line does not end");
        }

        string line = Text(end);
        _at++;
        return line;
    }

    internal long IntegerLine()
    {
        string line = Line();
        return long.TryParse(line.TrimEnd('L'), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw new PickleException($"\"{PickleText.Shown(line)}\" is no whole number");
    }

    private ReadOnlySpan<byte> Take(long length)
    {
        if (length < 0 || length > bytes.Length - _at)
        {
            throw new PickleException("it ends too soon");
        }

        _at += (int)length;
        return bytes.Span.Slice(_at - (int)length, (int)length);
    }
}

using System.Buffers.Binary;

namespace Parti.Models.Text;

/// <summary>Walks the fields of one protocol buffer message; every length is checked before use.</summary>
ref struct ProtoReader(ReadOnlySpan<byte> bytes)
{
    const int Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5;

    ReadOnlySpan<byte> rest = bytes;
    int wire;

    /// <summary>Moves to the next field; its value must then be read or skipped.</summary>
    internal bool Next(out int field)
    {
        if (rest.IsEmpty)
        {
            field = 0;
            return false;
        }
        ulong tag = ReadVarint();
        wire = (int)(tag & 7);
        field = (int)(tag >> 3);
        return tag >> 3 is > 0 and < 1 << 29 ? true : throw Damaged();
    }

    internal int Int32()
    {
        Expect(Varint);
        return unchecked((int)ReadVarint());
    }

    internal float Single()
    {
        Expect(Fixed32);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(4));
    }

    internal ReadOnlySpan<byte> Bytes()
    {
        Expect(Delimited);
        return Take(ReadVarint());
    }

    internal void Skip()
    {
        switch (wire)
        {
            case Varint: ReadVarint(); break;
            case Fixed64: Take(8); break;
            case Delimited: Take(ReadVarint()); break;
            case Fixed32: Take(4); break;
            default: throw Damaged();
        }
    }

    ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
        throw Damaged();
    }

    ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)rest.Length)
        {
            throw Damaged();
        }
        ReadOnlySpan<byte> taken = rest[..(int)count];
        rest = rest[(int)count..];
        return taken;
    }

    readonly void Expect(int kind)
    {
        if (wire != kind)
        {
            throw Damaged();
        }
    }

    static InvalidDataException Damaged() => new("it is damaged or of another format");
}

using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Parti.Models.Checkpoints;

namespace Parti.Benchmarks.Published;

/// <summary>Uniform weights of a tensor as bytes: the same name gives the same numbers.</summary>
static class RandomBytes
{
    const int BlockElements = 1 << 18;

    /// <summary>Writes a tensor's elements.</summary>
    public static void Write(Stream output, PublishedTensor tensor)
    {
        int size = tensor.Type.Size();
        byte[] block = new byte[BlockElements * size];
        ulong state = Seed(tensor.Name);
        for (long written = 0; written < tensor.Elements;)
        {
            int count = (int)Math.Min(BlockElements, tensor.Elements - written);
            state = Fill(block.AsSpan(0, count * size), tensor, state);
            output.Write(block, 0, count * size);
            written += count;
        }
    }

    static ulong Fill(Span<byte> block, PublishedTensor tensor, ulong state)
    {
        float middle = (float)tensor.Middle, step = (float)(tensor.Spread / int.MaxValue);
        for (int at = 0; at < block.Length; at += tensor.Type.Size())
        {
            state = Next(state);
            Put(block[at..], tensor.Type, middle + (int)(state >> 32) * step);
        }
        return state;
    }

    static void Put(Span<byte> at, TensorDataType type, float value)
    {
        switch (type)
        {
            case TensorDataType.F16: BinaryPrimitives.WriteHalfLittleEndian(at, (Half)value); break;
            case TensorDataType.BF16: BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)); break;
            default: BinaryPrimitives.WriteSingleLittleEndian(at, value); break;
        }
    }

    // Marsaglia's xorshift64; never zero when begun otherwise.
    static ulong Next(ulong state)
    {
        state ^= state << 13;
        state ^= state >> 7;
        return state ^ (state << 17);
    }

    // FNV-1a.
    static ulong Seed(string name)
    {
        ulong hash = 14695981039346656037;
        foreach (byte part in Encoding.UTF8.GetBytes(name))
        {
            hash = (hash ^ part) * 1099511628211;
        }
        return BitOperations.RotateLeft(hash, 31) | 1;
    }
}

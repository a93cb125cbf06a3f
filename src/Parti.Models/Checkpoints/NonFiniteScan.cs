using System.Runtime.InteropServices;

namespace Parti.Models.Checkpoints;

/// <summary>Looks for NaN and infinity in stored floats without making tensors of them.</summary>
internal static class NonFiniteScan
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>The number of values of a tensor that are NaN or infinite.</summary>
    /// <param name="file">The file that holds it.</param>
    /// <param name="info">The tensor.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    internal static long Count(FileBytes file, TensorInfo info, CancellationToken cancellationToken)
    {
        if (!info.Type.IsFloat())
        {
            return 0;
        }

        byte[] chunk = new byte[Math.Min(ChunkBytes, info.Bytes)];
        long count = 0;
        for (long at = 0; at < info.Bytes; at += ChunkBytes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Span<byte> part = chunk.AsSpan(0, (int)Math.Min(ChunkBytes, info.Bytes - at));
            file.Read(info.Offset + at, part);
            count += CountIn(info.Type, part);
        }

        return count;
    }

    // All exponent bits set is what NaN and infinity have in common.
    private static long CountIn(TensorDataType type, ReadOnlySpan<byte> part) => type switch
    {
        TensorDataType.F16 => CountHalves(MemoryMarshal.Cast<byte, ushort>(part), 0x7c00),
        TensorDataType.BF16 => CountHalves(MemoryMarshal.Cast<byte, ushort>(part), 0x7f80),
        TensorDataType.F32 => CountSingles(MemoryMarshal.Cast<byte, uint>(part)),
        _ => CountDoubles(MemoryMarshal.Cast<byte, ulong>(part)),
    };

    private static long CountHalves(ReadOnlySpan<ushort> values, int exponent)
    {
        long count = 0;
        foreach (ushort value in values)
        {
            count += (value & exponent) == exponent ? 1 : 0;
        }

        return count;
    }

    private static long CountSingles(ReadOnlySpan<uint> values)
    {
        long count = 0;
        foreach (uint value in values)
        {
            count += (value & 0x7f800000) == 0x7f800000 ? 1 : 0;
        }

        return count;
    }

    private static long CountDoubles(ReadOnlySpan<ulong> values)
    {
        long count = 0;
        foreach (ulong value in values)
        {
            count += (value & 0x7ff0000000000000) == 0x7ff0000000000000 ? 1 : 0;
        }

        return count;
    }
}

namespace Parti.Inference.Imaging;

/// <summary>The CRC of PNG chunks (PNG specification, annex D): polynomial 0xEDB88320, reflected.</summary>
public static class Crc32
{
    static readonly uint[] Table = MakeTable();

    /// <summary>CRC of some bytes.</summary>
    /// <param name="bytes">Chunk type and chunk data.</param>
    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc = Table[(crc ^ value) & 0xFF] ^ (crc >> 8);
        }
        return ~crc;
    }

    static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
            }
            table[i] = value;
        }
        return table;
    }
}

namespace Parti.Training.Tests.Data;

/// <summary>An 8 x 8 baseline JPEG of four components in one colour, inverted as Adobe's marker says; the tests' imaging library writes none.</summary>
internal static class CmykJpeg
{
    internal static byte[] Of(byte cyan, byte magenta, byte yellow, byte black)
    {
        List<byte> file = [0xFF, 0xD8];
        Segment(file, 0xEE, [.. "Adobe"u8, 0, 100, 0, 0, 0, 0, 0]);
        Segment(file, 0xDB, [0, .. Enumerable.Repeat((byte)1, 64)]);
        Segment(file, 0xC0, [8, 0, 8, 0, 8, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0]);
        // Twelve sizes of a difference in codes of four bits, and the end of a block in one.
        Segment(file, 0xC4, [0x00, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
        Segment(file, 0xC4, [0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        Segment(file, 0xDA, [4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0]);
        string bits = string.Concat(new[] { cyan, magenta, yellow, black }.Select(ink => Block(255 - ink)));
        bits = bits.PadRight((bits.Length + 7) / 8 * 8, '1');
        foreach (char[] octet in bits.Chunk(8))
        {
            byte value = Convert.ToByte(new string(octet), 2);
            file.AddRange(value == 0xFF ? [0xFF, 0] : [value]);
        }
        return [.. file, 0xFF, 0xD9];
    }

    private static string Block(int level)
    {
        int difference = 8 * (level - 128);
        int size = difference == 0 ? 0 : (int)Math.Log2(Math.Abs(difference)) + 1;
        int pattern = difference < 0 ? difference + (1 << size) - 1 : difference;
        return Convert.ToString(size, 2).PadLeft(4, '0') + (size == 0 ? "" : Convert.ToString(pattern, 2).PadLeft(size, '0')) + "0";
    }

    private static void Segment(List<byte> file, byte marker, byte[] content) =>
        file.AddRange([0xFF, marker, (byte)((content.Length + 2) >> 8), (byte)(content.Length + 2), .. content]);
}

using System.Buffers.Binary;

namespace Parti.Silo.Http.OpenAi;

/// <summary>
/// Size of a picture as its file's first bytes state it (PNG 3rd edition §11.2.1, ITU-T T.81 §B.2.2, RFC 9649 §2.7 and §3.4, RFC 6386 §9.1).
/// Read before any decoder sees the file, so that a few bytes cannot order gigabytes.
/// </summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
internal readonly record struct PictureHeader(long Width, long Height)
{
    private const int FrameHeaderLength = 9;

    private static ReadOnlySpan<byte> PngStart => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    private static ReadOnlySpan<byte> PngHeader => [0, 0, 0, 13, (byte)'I', (byte)'H', (byte)'D', (byte)'R'];

    private static ReadOnlySpan<byte> JpegStart => [0xFF, 0xD8, 0xFF];

    private static ReadOnlySpan<byte> WebpKeyFrame => [0x9D, 0x01, 0x2A];

    /// <summary>Reads the header of a PNG, JPEG or WebP file.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <returns>Null where it is none of these, or cut off before the size.</returns>
    internal static PictureHeader? Read(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith(PngStart))
        {
            return ReadPng(file);
        }

        return file.StartsWith(JpegStart) ? ReadJpeg(file) : ReadWebp(file);
    }

    private static PictureHeader? ReadPng(ReadOnlySpan<byte> file) =>
        file.Length >= 33 && file[8..16].SequenceEqual(PngHeader)
            ? new(BinaryPrimitives.ReadUInt32BigEndian(file[16..]), BinaryPrimitives.ReadUInt32BigEndian(file[20..]))
            : null;

    // A chain of segments, each with its length, up to the frame header.
    private static PictureHeader? ReadJpeg(ReadOnlySpan<byte> file)
    {
        int at = 2;
        while (at + FrameHeaderLength <= file.Length && file[at] == 0xFF)
        {
            byte marker = file[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            bool isFrame = marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);
            if (isFrame)
            {
                return new(BinaryPrimitives.ReadUInt16BigEndian(file[(at + 7)..]), BinaryPrimitives.ReadUInt16BigEndian(file[(at + 5)..]));
            }

            if (length < 2 || marker is 0xD9 or 0xDA)
            {
                return null;
            }

            at += 2 + length;
        }

        return null;
    }

    private static PictureHeader? ReadWebp(ReadOnlySpan<byte> file)
    {
        if (file.Length < 30 || !file[..4].SequenceEqual("RIFF"u8) || !file[8..12].SequenceEqual("WEBP"u8))
        {
            return null;
        }

        ReadOnlySpan<byte> kind = file[12..16];
        if (kind.SequenceEqual("VP8X"u8))
        {
            return new(1 + ReadUInt24(file[24..]), 1 + ReadUInt24(file[27..]));
        }

        if (kind.SequenceEqual("VP8L"u8) && file[20] == 0x2F)
        {
            uint bits = BinaryPrimitives.ReadUInt32LittleEndian(file[21..]);
            return new(1 + (bits & 0x3FFF), 1 + ((bits >> 14) & 0x3FFF));
        }

        return kind.SequenceEqual("VP8 "u8) && file[23..26].SequenceEqual(WebpKeyFrame)
            ? new(BinaryPrimitives.ReadUInt16LittleEndian(file[26..]) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(file[28..]) & 0x3FFF)
            : null;
    }

    private static int ReadUInt24(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
}

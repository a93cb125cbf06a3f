using System.Buffers.Binary;
using System.Text;

namespace Parti.Inference.Imaging;

/// <summary>Text chunks of PNG files (PNG specification §11.3.4): Latin-1 text as <c>tEXt</c>, any other as <c>iTXt</c>.</summary>
public static class PngText
{
    const int HeaderEnd = 8 + 12 + 13;

    /// <summary>Inserts a text chunk behind the header chunk.</summary>
    /// <param name="png">A PNG file.</param>
    /// <param name="keyword">1 to 79 Latin-1 characters.</param>
    /// <param name="text">The text; NUL, which the format cannot hold, becomes a space.</param>
    /// <returns>A new file.</returns>
    public static byte[] Insert(byte[] png, string keyword, string text)
    {
        byte[] chunk = Chunk(keyword, text.Replace('\0', ' '));
        byte[] result = new byte[png.Length + chunk.Length];
        png.AsSpan(0, HeaderEnd).CopyTo(result);
        chunk.CopyTo(result.AsSpan(HeaderEnd));
        png.AsSpan(HeaderEnd).CopyTo(result.AsSpan(HeaderEnd + chunk.Length));
        return result;
    }

    /// <summary>Reads the first uncompressed text of a keyword.</summary>
    /// <param name="png">A PNG file.</param>
    /// <param name="keyword">The keyword.</param>
    /// <returns>The text, or null.</returns>
    public static string? Read(ReadOnlySpan<byte> png, string keyword)
    {
        byte[] name = [.. Encoding.Latin1.GetBytes(keyword), 0];
        for (int at = 8; at + 12 <= png.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(png[at..]);
            if (length < 0 || length > png.Length - at - 12)
            {
                return null;
            }
            ReadOnlySpan<byte> type = png.Slice(at + 4, 4), data = png.Slice(at + 8, length);
            if (data.StartsWith(name) && type.SequenceEqual("tEXt"u8))
            {
                return Encoding.Latin1.GetString(data[name.Length..]);
            }
            if (data.StartsWith(name) && type.SequenceEqual("iTXt"u8) && data[name.Length] == 0)
            {
                return InternationalText(data[(name.Length + 2)..]);
            }
            at += length + 12;
        }
        return null;
    }

    // What follows the two compression bytes: language tag, NUL, translated keyword, NUL, text.
    static string InternationalText(ReadOnlySpan<byte> data)
    {
        data = data[(data.IndexOf((byte)0) + 1)..];
        return Encoding.UTF8.GetString(data[(data.IndexOf((byte)0) + 1)..]);
    }

    static byte[] Chunk(string keyword, string text)
    {
        bool latin = text.All(character => character <= 0xFF);
        byte[] name = Encoding.Latin1.GetBytes(keyword);
        byte[] data = latin
            ? [.. name, 0, .. Encoding.Latin1.GetBytes(text)]
            : [.. name, 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(text)];
        byte[] chunk = new byte[data.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        (latin ? "tEXt"u8 : "iTXt"u8).CopyTo(chunk.AsSpan(4));
        data.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc32.Compute(chunk.AsSpan(4, data.Length + 4)));
        return chunk;
    }
}

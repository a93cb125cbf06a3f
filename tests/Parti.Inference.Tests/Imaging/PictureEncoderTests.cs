using System.Buffers.Binary;
using System.Text;
using Parti.Inference.Imaging;

namespace Parti.Inference.Tests.Imaging;

public sealed class PictureEncoderTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(64, 64)]
    [InlineData(33, 17)]
    public void Encode_Png_DecodesToTheSamePixels(int width, int height)
    {
        Picture picture = Gradient(width, height);

        Picture decoded = PictureDecoder.Decode(PictureEncoder.Encode(picture, PictureFormat.Png, "a prompt"));

        Assert.Equal((width, height), (decoded.Width, decoded.Height));
        Assert.Equal(picture.Rgb, decoded.Rgb);
    }

    [Theory]
    [InlineData(PictureFormat.Jpeg)]
    [InlineData(PictureFormat.Webp)]
    public void Encode_Lossy_DecodesToSimilarPixels(PictureFormat format)
    {
        Picture picture = Gradient(64, 48);

        Picture decoded = PictureDecoder.Decode(PictureEncoder.Encode(picture, format));

        Assert.Equal((64, 48), (decoded.Width, decoded.Height));
        Assert.InRange(picture.Rgb.Zip(decoded.Rgb, (a, b) => Math.Abs(a - b)).Average(), 0, 4);
    }

    [Theory]
    [InlineData(PictureFormat.Png, "89504E47")]
    [InlineData(PictureFormat.Jpeg, "FFD8FF")]
    [InlineData(PictureFormat.Webp, "52494646")]
    public void Encode_Repeated_GivesTheSameBytesOfTheFormat(PictureFormat format, string magic)
    {
        byte[] first = PictureEncoder.Encode(Gradient(64, 64), format, "text"), second = PictureEncoder.Encode(Gradient(64, 64), format, "text");

        Assert.Equal(first, second);
        Assert.StartsWith(magic, Convert.ToHexString(first), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a red circle\nSteps: 64", "tEXt")]
    [InlineData("café", "tEXt")]
    [InlineData("猫と赤い円 🟥", "iTXt")]
    public void Encode_PngWithText_HasOneChunkOfTheRightTypeAndSum(string text, string type)
    {
        byte[] file = PictureEncoder.Encode(Gradient(8, 8), PictureFormat.Png, text);

        Assert.Equal(text, PngText.Read(file, "parameters"));
        Assert.Single(Chunks(file), chunk => chunk == type);
        Assert.Equal("IHDR", Chunks(file)[0]);
    }

    [Fact]
    public void Encode_TextWithNul_StaysReadable()
    {
        byte[] file = PictureEncoder.Encode(Gradient(8, 8), PictureFormat.Png, "a\0b");

        Assert.Equal("a b", PngText.Read(file, "parameters"));
    }

    [Fact]
    public void Read_WithoutText_IsNull() => Assert.Null(PngText.Read(PictureEncoder.Encode(Gradient(8, 8), PictureFormat.Png), "parameters"));

    [Fact]
    public void Encode_PixelsDoNotFitSize_IsRefused() =>
        Assert.Throws<ArgumentException>(() => PictureEncoder.Encode(new Picture(4, 4, new byte[47]), PictureFormat.Png));

    [Fact]
    public void Compute_CheckString_GivesThePublishedSum() => Assert.Equal(0xCBF43926u, Crc32.Compute("123456789"u8));

    [Fact]
    public void Decode_NotAPicture_IsRefused() => Assert.Throws<InvalidDataException>(() => PictureDecoder.Decode("hello"u8.ToArray()));

    [Fact]
    public void Decode_Truncated_IsRefused()
    {
        byte[] file = PictureEncoder.Encode(Gradient(64, 64), PictureFormat.Png);

        Assert.Throws<InvalidDataException>(() => PictureDecoder.Decode(file[..(file.Length / 2)]));
    }

    [Fact]
    public void Decode_HugeClaimedSize_IsRefusedWithoutAllocating()
    {
        byte[] file = PictureEncoder.Encode(Gradient(8, 8), PictureFormat.Png);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(16), 100_000);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(20), 100_000);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(29), Crc32.Compute(file.AsSpan(12, 17)));

        Assert.Throws<InvalidDataException>(() => PictureDecoder.Decode(file));
    }

    // Types of all chunks, each chunk's sum checked.
    static List<string> Chunks(byte[] png)
    {
        List<string> types = [];
        for (int at = 8; at < png.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            types.Add(Encoding.ASCII.GetString(png, at + 4, 4));
            Assert.Equal(Crc32.Compute(png.AsSpan(at + 4, length + 4)), BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at + 8 + length)));
            at += length + 12;
        }
        return types;
    }

    static Picture Gradient(int width, int height)
    {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < width * height; i++)
        {
            int x = i % width, y = i / width;
            (rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]) = ((byte)(x * 255 / width), (byte)(y * 255 / height), 128);
        }
        return new Picture(width, height, rgb);
    }
}

using Parti.Inference.Imaging;
using Parti.Silo.Http.OpenAi;

namespace Parti.Http.Tests.OpenAi;

public sealed class PictureHeaderTests
{
    [Theory]
    [InlineData(PictureFormat.Png)]
    [InlineData(PictureFormat.Jpeg)]
    [InlineData(PictureFormat.Webp)]
    public void Read_FileOfTheEncoder_IsItsSize(PictureFormat format)
    {
        byte[] file = PictureEncoder.Encode(Pictures.Noise(37, 111), format);

        Assert.Equal(new PictureHeader(37, 111), PictureHeader.Read(file));
    }

    [Fact]
    public void Read_ExtendedAndLosslessWebp_IsTheirSize()
    {
        byte[] extended = [.. "RIFF"u8, 0, 0, 0, 0, .. "WEBPVP8X"u8, 10, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0x00, 0x01, 0x00, 0x00];
        byte[] lossless = [.. "RIFF"u8, 0, 0, 0, 0, .. "WEBPVP8L"u8, 9, 0, 0, 0, 0x2F, 0x2B, 0xC0, 0x18, 0x00, 0, 0, 0, 0, 0];

        Assert.Equal(new PictureHeader(65536, 2), PictureHeader.Read(extended));
        Assert.Equal(new PictureHeader(44, 100), PictureHeader.Read(lossless));
    }

    [Fact]
    public void Read_EveryBeginningOfAFile_NeverThrows()
    {
        foreach (PictureFormat format in Enum.GetValues<PictureFormat>())
        {
            byte[] file = PictureEncoder.Encode(Pictures.Noise(5, 5), format);
            for (int length = 0; length < Math.Min(file.Length, 1500); length++)
            {
                PictureHeader? header = PictureHeader.Read(file.AsSpan(0, length));
                Assert.True(header is null || header == new PictureHeader(5, 5));
            }
        }
    }

    [Fact]
    public void Read_Noise_NeverThrows()
    {
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        Random random = new(seed);
        byte[] file = new byte[64];
        for (int i = 0; i < 20_000; i++)
        {
            random.NextBytes(file);
            (new byte[][] { [0xFF, 0xD8, 0xFF, 0xE0], [.. "RIFF0000WEBPVP8 "u8], [0x89, .. "PNG"u8] })[i % 3].CopyTo(file, 0);
            _ = PictureHeader.Read(file);
        }
    }
}

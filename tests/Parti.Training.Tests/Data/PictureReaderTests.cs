using Parti.Training.Data;
using SkiaSharp;

namespace Parti.Training.Tests.Data;

public sealed class PictureReaderTests
{
    private static readonly ExamplesOptions Options = new();
    private static readonly byte[] Png = DataFolder.Png(32, 16, (x, y) => new SKColor((byte)(8 * x), (byte)(16 * y), 100));

    // Which sides of the picture the first row and the first column are, by the EXIF specification.
    public static TheoryData<int, bool, bool, bool> Orientations => new()
    {
        { 1, false, false, false }, { 2, false, false, true }, { 3, false, true, true }, { 4, false, true, false },
        { 5, true, false, false }, { 6, true, true, false }, { 7, true, true, true }, { 8, true, false, true },
    };

    [Fact]
    public void Decode_Png_GivesItsPixels()
    {
        RgbPicture picture = PictureReader.Decode(Png, Options).Picture!;

        Assert.Equal((32, 16), (picture.Width, picture.Height));
        Assert.Equal([8 * 5, 16 * 3, 100], picture.Rgb.AsSpan(3 * ((3 * 32) + 5), 3).ToArray());
    }

    [Theory]
    [MemberData(nameof(Orientations))]
    public void Decode_Orientation_IsUndone(int orientation, bool turned, bool rowIsFar, bool columnIsFar)
    {
        byte[] jpeg = DataFolder.Encode(32, 16, SKEncodedImageFormat.Jpeg, (x, y) => (x < 16, y < 8) switch
        {
            (true, true) => SKColors.Red,
            (false, true) => SKColors.Lime,
            (true, false) => SKColors.Blue,
            _ => SKColors.White,
        });
        byte[] exif = [0xFF, 0xE1, 0, 34, .. "Exif\0\0MM\0*\0\0\0\b\0"u8, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0];
        RgbPicture picture = PictureReader.Decode([.. jpeg.AsSpan(0, 2), .. exif, .. jpeg.AsSpan(2)], Options).Picture!;

        Assert.Equal(turned ? (16, 32) : (32, 16), (picture.Width, picture.Height));
        string[] stored = ["red", "lime", "blue", "white"];
        for (int corner = 0; corner < 4; corner++)
        {
            bool lastColumn = corner % 2 == 1, lastRow = corner / 2 == 1;
            bool alongRow = lastRow ^ rowIsFar, alongColumn = lastColumn ^ columnIsFar;
            (bool right, bool bottom) = turned ? (alongRow, alongColumn) : (alongColumn, alongRow);
            Assert.Equal(stored[corner], Corner(picture, right, bottom));
        }
    }

    [Fact]
    public void Decode_Transparency_LiesOnWhite()
    {
        RgbPicture picture = PictureReader.Decode(DataFolder.Png(3, 1, (x, _) => new SKColor(0, 100, 200, (byte)(x * 127.5))), Options).Picture!;

        Assert.Equal([255, 255, 255], picture.Rgb[..3]);
        Assert.Equal([128, 178, 228], picture.Rgb[3..6]);
        Assert.Equal([0, 100, 200], picture.Rgb[6..]);
    }

    [Fact]
    public void Decode_Greyscale_HasThreeEqualChannels()
    {
        using SKBitmap grey = new(new SKImageInfo(8, 8, SKColorType.Gray8, SKAlphaType.Opaque));
        grey.Erase(new SKColor(90, 90, 90));
        using SKData jpeg = grey.Encode(SKEncodedImageFormat.Jpeg, 100);
        RgbPicture picture = PictureReader.Decode(jpeg.ToArray(), Options).Picture!;

        Assert.All(picture.Rgb, value => Assert.InRange(value, 89, 91));
    }

    [Fact]
    public void Decode_Cmyk_ComesOutAsRgb()
    {
        RgbPicture picture = PictureReader.Decode(CmykJpeg.Of(cyan: 55, magenta: 195, yellow: 225, black: 0), Options).Picture!;

        Assert.Equal((8, 8), (picture.Width, picture.Height));
        Assert.InRange(picture.Rgb[0], 196, 204);
        Assert.InRange(picture.Rgb[1], 56, 64);
        Assert.InRange(picture.Rgb[2], 26, 34);
    }

    [Fact]
    public void Decode_WebP_IsRead() => Assert.NotNull(PictureReader.Decode(DataFolder.Encode(9, 5, SKEncodedImageFormat.Webp, (_, _) => SKColors.Red), Options).Picture);

    [Fact]
    public void Decode_AnyPrefix_IsNoPictureOrDamaged()
    {
        byte[] jpeg = DataFolder.Encode(16, 16, SKEncodedImageFormat.Jpeg, (x, y) => new SKColor((byte)(x * 16), (byte)(y * 16), 0));
        foreach (byte[] file in new[] { Png, jpeg })
        {
            for (int length = 0; length < file.Length - 20; length += 7)
            {
                PictureResult result = PictureReader.Decode(file[..length], Options);
                Assert.Null(result.Picture);
                Assert.Contains(result.Reason, new[] { SkipReason.NotAPicture, SkipReason.Damaged });
            }
        }
    }

    [Fact]
    public void Decode_AboveALimit_SaysWhich()
    {
        Assert.Equal(SkipReason.TooManyPixels, PictureReader.Decode(Png, Options with { MaxPixels = 511 }).Reason);
        Assert.NotNull(PictureReader.Decode(Png, Options with { MaxPixels = 512 }).Picture);
        Assert.Equal(SkipReason.TooSmall, PictureReader.Decode(Png, Options with { MinEdge = 17 }).Reason);
        Assert.NotNull(PictureReader.Decode(Png, Options with { MinEdge = 16 }).Picture);
    }

    private static string Corner(RgbPicture picture, bool right, bool bottom)
    {
        int x = right ? picture.Width - 2 : 1, y = bottom ? picture.Height - 2 : 1;
        ReadOnlySpan<byte> pixel = picture.Rgb.AsSpan(3 * ((y * picture.Width) + x), 3);
        return (pixel[0] > 128, pixel[1] > 128, pixel[2] > 128) switch
        {
            (true, false, false) => "red",
            (false, true, false) => "lime",
            (false, false, true) => "blue",
            (true, true, true) => "white",
            _ => $"{pixel[0]} {pixel[1]} {pixel[2]}",
        };
    }
}

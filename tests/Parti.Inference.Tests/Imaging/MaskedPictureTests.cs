using Parti.Inference.Imaging;

namespace Parti.Inference.Tests.Imaging;

public sealed class MaskedPictureTests
{
    [Fact]
    public void ToFile_TransparentPixels_KeepTheirColours()
    {
        MaskedPicture picture = Random(9, 7, 3);

        MaskedPicture read = MaskedPicture.FromFile(picture.ToFile());

        Assert.Equal(picture.Picture.Rgb, read.Picture.Rgb);
        Assert.Equal(picture.Mask, read.Mask);
    }

    [Fact]
    public void Compose_OtherPicture_ShowsOnlyUnderTheMask()
    {
        MaskedPicture source = Random(8, 8, 1);
        Picture drawn = Random(8, 8, 2).Picture;

        Picture result = source.Compose(drawn);

        for (int i = 0; i < source.Mask.Length; i++)
        {
            Picture expected = source.Mask[i] ? drawn : source.Picture;
            Assert.Equal(expected.Rgb.AsSpan(3 * i, 3), result.Rgb.AsSpan(3 * i, 3));
        }
    }

    [Fact]
    public void OpenTokens_OnePixel_OpensItsPatch()
    {
        bool[] mask = new bool[64 * 64];
        mask[17 * 64 + 63] = true;

        bool[] open = new MaskedPicture(new Picture(64, 64, new byte[3 * 64 * 64]), mask).OpenTokens(64);

        Assert.Equal([2 * 8 + 7], open.Index().Where(token => token.Item).Select(token => token.Index));
        Assert.Equal("edits_unsupported", Assert.Throws<EngineRequestException>(
            () => new MaskedPicture(new Picture(64, 64, new byte[3 * 64 * 64]), mask).OpenTokens(60)).Code);
    }

    [Fact]
    public void FitSquare_SameSize_ChangesNothing()
    {
        Picture picture = Random(16, 16, 4).Picture;

        Assert.Same(picture, PictureScaler.FitSquare(picture, 16));
    }

    [Theory]
    [InlineData(64, 32, 8)]
    [InlineData(20, 50, 30)]
    public void FitSquare_OblongPicture_IsCutInTheMiddleAndScaled(int width, int height, int edge)
    {
        // Left half red, right half blue; above and below alike.
        byte[] rgb = [.. Enumerable.Range(0, width * height).SelectMany(i => (byte[])(i % width < width / 2 ? [255, 0, 0] : [0, 0, 255]))];

        Picture result = PictureScaler.FitSquare(new Picture(width, height, rgb), edge);

        Assert.Equal((edge, edge), (result.Width, result.Height));
        Assert.InRange(result.Rgb[0], 250, 255);
        Assert.InRange(result.Rgb[3 * (edge - 1) + 2], 250, 255);
    }

    [Fact]
    public void FitSquare_ThinLineInMask_IsNotLost()
    {
        bool[] mask = new bool[100 * 100];
        mask.AsSpan(50 * 100, 100).Fill(true);

        bool[] small = PictureScaler.FitSquare(mask, 100, 100, 10), large = PictureScaler.FitSquare(mask, 100, 100, 200);

        Assert.Equal(10, small.Count(set => set));
        Assert.Equal(400, large.Count(set => set));
    }

    static MaskedPicture Random(int width, int height, int seed)
    {
        Random random = new(seed);
        byte[] rgb = new byte[3 * width * height];
        random.NextBytes(rgb);
        return new MaskedPicture(new Picture(width, height, rgb), [.. Enumerable.Range(0, width * height).Select(_ => random.Next(2) == 0)]);
    }
}

using Parti.Inference.Imaging;

namespace Parti.Inference.Tests.Imaging;

public sealed class HeatMapTests
{
    static readonly Picture Grey = new(8, 8, [.. Enumerable.Repeat((byte)128, 192)]);

    [Fact]
    public void Over_LeastAndGreatestWeight_ArePictureAndRed()
    {
        Picture result = HeatMap.Over(Grey, [0.2f, 0.3f, 0.3f, 0.6f], 2);

        Assert.Equal([128, 128, 128], At(result, 0, 0));
        Assert.Equal([128, 0, 0], At(result, 7, 7));
        Assert.NotEqual(At(result, 3, 3), At(result, 4, 4));
    }

    [Fact]
    public void Over_EqualWeights_LeavesThePicture()
    {
        Assert.Equal(Grey.Rgb, HeatMap.Over(Grey, [0.25f, 0.25f, 0.25f, 0.25f], 2).Rgb);
    }

    [Fact]
    public void Over_MapThatIsNoSquare_NamesBothNumbers()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => HeatMap.Over(Grey, [1, 2, 3], 2));

        Assert.Contains("4 weights, not 3", error.Message, StringComparison.Ordinal);
    }

    static byte[] At(Picture picture, int x, int y) => picture.Rgb[(3 * (y * picture.Width + x))..][..3];
}

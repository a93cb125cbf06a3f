using Parti.Training.Evaluation;

namespace Parti.Training.Tests.Evaluation;

public sealed class PictureQualityTests
{
    [Fact]
    public void Psnr_SamePicture_IsCapped() => Assert.Equal(PictureQuality.MaxPsnr, PictureQuality.Psnr(Flat(7), Flat(7)));

    /// <summary>20 log10(255 / difference), worked out by hand.</summary>
    [Theory]
    [InlineData(1, 48.1308)]
    [InlineData(16, 24.0484)]
    [InlineData(255, 0)]
    public void Psnr_ConstantDifference_IsTheClosedForm(byte difference, double expected) =>
        Assert.Equal(expected, PictureQuality.Psnr(Flat(0), Flat(difference)), 3);

    [Fact]
    public void Psnr_OneByteWrong_AveragesTheError()
    {
        byte[] other = Flat(0);
        other[5] = 10;
        Assert.Equal(10 * Math.Log10(255.0 * 255 * other.Length / 100), PictureQuality.Psnr(Flat(0), other), 10);
    }

    [Fact]
    public void Psnr_OtherSize_IsRefused() => Assert.Throws<ArgumentException>(() => PictureQuality.Psnr(Flat(0), new byte[3]));

    static byte[] Flat(byte value) => [.. Enumerable.Repeat(value, 4 * 4 * 3)];
}

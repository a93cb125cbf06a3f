using Parti.Training.Evaluation;

namespace Parti.Training.Tests.Evaluation;

public sealed class SquarePictureTests
{
    [Fact]
    public void From_WidePicture_KeepsTheMiddle()
    {
        byte[] rgb = [.. new byte[] { 0, 10, 30, 50, 70, 90, 0, 20, 40, 60, 80, 90 }.SelectMany(v => new[] { v, v, v })];
        Assert.Equal([30, 30, 30, 50, 50, 50, 40, 40, 40, 60, 60, 60], SquarePicture.From(rgb, 6, 2, 2));
        Assert.Equal([45, 45, 45], SquarePicture.From(rgb, 6, 2, 1));
    }

    [Fact]
    public void From_SmallPicture_RepeatsPixels() => Assert.Equal([.. Enumerable.Repeat(new byte[] { 1, 2, 3 }, 9).SelectMany(p => p)], SquarePicture.From([1, 2, 3], 1, 1, 3));

    [Fact]
    public void From_TooFewBytes_IsRefused() => Assert.Throws<ArgumentException>(() => SquarePicture.From(new byte[5], 1, 2, 1));
}

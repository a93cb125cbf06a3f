using Parti.Training.Data;
using Parti.Training.Tests.Scenes;

namespace Parti.Training.Tests.Data;

public sealed class PictureResamplerTests
{
    [Fact]
    public void Resample_ThreePixelsToTwo_SharesTheMiddleOne() =>
        Assert.Equal([20, 80], Row(Grey(3, 3, (x, _) => new[] { 0, 60, 90 }[x]), new(0, 0, 3, 2, 0, 0, false), 2));

    [Fact]
    public void Resample_OnePixelMore_IsLinearBetweenCentres() =>
        Assert.Equal([0, 25, 75, 100], Row(Grey(2, 2, (x, _) => 100 * x), new(0, 0, 2, 4, 0, 0, false), 4));

    [Fact]
    public void Resample_Flip_ExchangesLeftAndRight() =>
        Assert.Equal([30, 20, 10], Row(Grey(3, 3, (x, _) => 10 * (x + 1)), new(0, 0, 3, 3, 0, 0, true), 3));

    [Fact]
    public void Resample_AnySizes_EqualsTheIntegralOverThePixels()
    {
        ulong seed = TestSeed.Next();
        Random random = new((int)(seed & int.MaxValue));
        for (int round = 0; round < 60; round++)
        {
            int width = random.Next(1, 40), height = random.Next(1, 40), edge = random.Next(1, Math.Min(width, height) + 1);
            int scaled = random.Next(1, edge + 1), size = random.Next(1, scaled + 1);
            PictureCrop crop = new(random.Next(width - edge + 1), random.Next(height - edge + 1), edge, scaled, random.Next(scaled - size + 1), random.Next(scaled - size + 1), false);
            RgbPicture picture = new(width, height, new byte[3 * width * height]);
            random.NextBytes(picture.Rgb);
            byte[] result = PictureResampler.Resample(picture, crop, size);
            for (int i = 0; i < result.Length; i++)
            {
                double wanted = Integral(picture, crop, i / 3 % size, i / 3 / size, i % 3);
                Assert.True(Math.Abs(result[i] - wanted) < 0.501, $"seed {seed}: {crop} to {size}, byte {i} is {result[i]}, not {wanted}");
            }
        }
    }

    [Fact]
    public void Resample_Window_IsPartOfTheWhole()
    {
        RgbPicture picture = Grey(20, 20, (x, y) => (7 * x) + (5 * y));
        byte[] whole = PictureResampler.Resample(picture, new(0, 0, 20, 13, 0, 0, false), 13);
        byte[] window = PictureResampler.Resample(picture, new(0, 0, 20, 13, 4, 3, false), 6);

        for (int y = 0; y < 6; y++)
        {
            Assert.Equal(whole.AsSpan(3 * ((13 * (y + 3)) + 4), 18), window.AsSpan(18 * y, 18));
        }
    }

    // The share of every source pixel under the target pixel, in doubles.
    private static double Integral(RgbPicture picture, PictureCrop crop, int x, int y, int channel)
    {
        double step = crop.Edge / (double)crop.Scaled, sum = 0;
        for (int row = 0; row < crop.Edge; row++)
        {
            for (int column = 0; column < crop.Edge; column++)
            {
                double share = Overlap(column, (x + crop.X) * step, step) * Overlap(row, (y + crop.Y) * step, step);
                sum += share * picture.Rgb[(3 * (((crop.Top + row) * picture.Width) + crop.Left + column)) + channel];
            }
        }
        return sum / (step * step);
    }

    private static double Overlap(int pixel, double start, double length) => Math.Max(0, Math.Min(pixel + 1, start + length) - Math.Max(pixel, start));

    private static byte[] Row(RgbPicture picture, PictureCrop crop, int size) =>
        [.. PictureResampler.Resample(picture, crop, size).Where((_, i) => i % 3 == 1).Take(size)];

    private static RgbPicture Grey(int width, int height, Func<int, int, int> value) =>
        new(width, height, [.. Enumerable.Range(0, 3 * width * height).Select(i => (byte)value(i / 3 % width, i / 3 / width))]);
}

using Parti.Training.Evaluation;
using Parti.Training.Tests.Scenes;

namespace Parti.Training.Tests.Evaluation;

public sealed class StructuralSimilarityTests
{
    const int Width = 16, Height = 13;
    const double C1 = 6.5025, C2 = 58.5225;

    [Fact]
    public void Of_SamePicture_IsOne()
    {
        byte[] picture = Noise(new((int)TestSeed.Next()));
        Assert.Equal(1, StructuralSimilarity.Of(picture, picture, Width, Height), 10);
    }

    /// <summary>Without variance only the luminance term is left: (2ab + C1) / (a² + b² + C1).</summary>
    [Theory]
    [InlineData(100, 150, 0.923092)]
    [InlineData(0, 255, 0.0000999900)]
    public void Of_ConstantPictures_IsTheLuminanceTerm(byte a, byte b, double expected)
    {
        double similarity = StructuralSimilarity.Of(Flat(a), Flat(b), Width, Height);
        Assert.Equal(expected, similarity, 6);
        Assert.Equal((2.0 * a * b + C1) / (a * a + b * b + C1), similarity, 10);
    }

    /// <summary>A single window with one white pixel in the middle, of weight w: mean 255w and variance 255²(w − w²), against black.</summary>
    [Fact]
    public void Of_OneWindowWithAWhitePixel_IsTheClosedForm()
    {
        byte[] black = new byte[11 * 11 * 3], white = new byte[11 * 11 * 3];
        white.AsSpan(3 * (5 * 11 + 5), 3).Fill(255);
        double w = Weight(0) * Weight(0), mean = 255 * w, variance = 255 * 255 * (w - w * w);
        Assert.Equal(C1 * C2 / ((mean * mean + C1) * (variance + C2)), StructuralSimilarity.Of(black, white, 11, 11), 10);
    }

    [Fact]
    public void Of_RandomPictures_AgreesWithTheDefinition()
    {
        ulong seed = TestSeed.Next();
        Random random = new((int)seed);
        byte[] one = Noise(random), other = [.. one.Select(v => (byte)Math.Clamp(v + random.Next(-60, 60), 0, 255))];
        double expected = 0;
        for (int channel = 0; channel < 3; channel++)
        {
            expected += Direct(one, other, channel) / 3;
        }
        double similarity = StructuralSimilarity.Of(one, other, Width, Height);
        Assert.True(Math.Abs(expected - similarity) < 1e-9, $"seed {seed}: {similarity} in place of {expected}.");
    }

    [Theory]
    [InlineData(10, 20)]
    [InlineData(20, 10)]
    [InlineData(16, 14)]
    public void Of_SizeThatDoesNotFit_IsRefused(int width, int height) =>
        Assert.Throws<ArgumentException>(() => StructuralSimilarity.Of(Flat(0), Flat(0), width, height));

    // The definition, window by window and without separating the filter.
    static double Direct(byte[] one, byte[] other, int channel)
    {
        double sum = 0;
        int windows = 0;
        for (int top = 0; top + 11 <= Height; top++)
        {
            for (int left = 0; left + 11 <= Width; left++, windows++)
            {
                sum += OneWindow(one, other, channel, top, left);
            }
        }
        return sum / windows;
    }

    static double OneWindow(byte[] one, byte[] other, int channel, int top, int left)
    {
        (double W, double X, double Y)[] points =
        [
            .. from dy in Enumerable.Range(0, 11)
               from dx in Enumerable.Range(0, 11)
               let at = 3 * ((top + dy) * Width + left + dx) + channel
               select (Weight(dy - 5) * Weight(dx - 5), (double)one[at], (double)other[at]),
        ];
        double mx = points.Sum(p => p.W * p.X), my = points.Sum(p => p.W * p.Y);
        double vx = points.Sum(p => p.W * (p.X - mx) * (p.X - mx)), vy = points.Sum(p => p.W * (p.Y - my) * (p.Y - my));
        double covariance = points.Sum(p => p.W * (p.X - mx) * (p.Y - my));
        return (2 * mx * my + C1) * (2 * covariance + C2) / ((mx * mx + my * my + C1) * (vx + vy + C2));
    }

    static double Weight(int distance) =>
        Math.Exp(-distance * distance / 4.5) / Enumerable.Range(-5, 11).Sum(d => Math.Exp(-d * d / 4.5));

    static byte[] Noise(Random random)
    {
        byte[] picture = new byte[Width * Height * 3];
        random.NextBytes(picture);
        return picture;
    }

    static byte[] Flat(byte value) => [.. Enumerable.Repeat(value, Width * Height * 3)];
}

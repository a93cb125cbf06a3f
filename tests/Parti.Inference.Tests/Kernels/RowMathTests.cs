using System.Runtime.Intrinsics;
using Parti.Inference.Kernels;

namespace Parti.Inference.Tests.Kernels;

public sealed unsafe class RowMathTests
{
    [Fact]
    public void Exp_WholeRange_IsWithinTwoTenMillionths()
    {
        double worst = 0;
        for (float x = -87; x <= 0; x += 0.0007f)
        {
            double exact = Math.Exp(x);
            worst = Math.Max(worst, Math.Abs(RowMath.Exp(Vector256.Create(x)).ToScalar() - exact) / exact);
        }
        Assert.InRange(worst, 0, 2e-7);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-87.5f, 0)]
    [InlineData(float.NegativeInfinity, 0)]
    [InlineData(float.NaN, float.NaN)]
    public void Exp_Ends_AreExact(float x, float expected) => Assert.Equal(expected, RowMath.Exp(Vector256.Create(x)).ToScalar());

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(31)]
    [InlineData(192)]
    public void Row_AnyLength_AgreesWithDoublePrecision(int count)
    {
        Random random = new(3);
        float[] a = Values(random, count), b = Values(random, count), y = new float[count];
        fixed (float* pa = a, pb = b, py = y)
        {
            Assert.Equal(a.Zip(b, (p, q) => (double)p * q).Sum(), RowMath.Dot(pa, pb, count), 1e-4);
            RowNorms.Normalize(pa, pb, pb, count, 1e-5f, py);
        }
        double mean = a.Average(v => (double)v), deviation = Math.Sqrt(a.Average(v => (v - mean) * (v - mean)) + 1e-5);
        Assert.All(y.Select((v, i) => v - ((a[i] - mean) / deviation * b[i] + b[i])), difference => Assert.InRange(Math.Abs(difference), 0, 1e-4));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(64)]
    public void Exponentials_AnyLength_AreRelativeToTheLargest(int count)
    {
        Random random = new(4);
        float[] x = [.. Values(random, count), .. new float[8]];
        double[] expected = [.. x.Take(count).Select(v => Math.Exp(v - (double)x.Take(count).Max()))];
        fixed (float* p = x)
        {
            Assert.Equal(expected.Sum(), RowMath.Exponentials(p, count), 1e-4);
        }
        Assert.All(expected.Zip(x, (e, v) => Math.Abs(e - v)), difference => Assert.InRange(difference, 0, 1e-6));
    }

    [Theory]
    [InlineData(1, 64)]
    [InlineData(61, 64)]
    [InlineData(7, 32)]
    [InlineData(24, 80)]
    [InlineData(5, 12)]
    public void Mix_AnyWidth_HasTheBitsOfOneVectorAfterAnother(int count, int width)
    {
        Random random = new(5);
        float[] weights = Values(random, count), x = Values(random, count * width), y = Values(random, width), plain = [.. y];
        fixed (float* pw = weights, px = x, py = y)
        {
            RowMath.Mix(pw, px, px, count, width, py);
        }
        for (int i = 0; i < count; i++)
        {
            for (int n = 0; n < width; n++)
            {
                plain[n] = MathF.FusedMultiplyAdd(weights[i], x[i * width + n], plain[n]);
            }
        }
        Assert.Equal(plain, y);
    }

    static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 6 - 3))];
}

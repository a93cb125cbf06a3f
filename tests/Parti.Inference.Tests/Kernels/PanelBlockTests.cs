using System.Runtime.InteropServices;
using Parti.Inference.Kernels;

namespace Parti.Inference.Tests.Kernels;

/// <summary>A row's bits are the same by narrow and by wide vectors; where the machine lacks the wide ones, the runtime makes them of narrow ones.</summary>
public sealed unsafe class PanelBlockTests(ITestOutputHelper output)
{
    private const int Width = PackedMatrix.PanelWidth;
    private const int Inputs = 40;
    private const int Stride = Inputs + 3;
    private readonly int _seed = Environment.TickCount;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(13)]
    [InlineData(22)]
    [InlineData(32)]
    public void Multiply_FloatWeights_WideBitsAreTheNarrowOnes(int rows) => Compare<FloatWeights>(rows, first: 0);

    [Theory]
    [InlineData(12)]
    [InlineData(31)]
    public void Multiply_LaterBlock_GoesOnWithTheSums(int rows) => Compare<FloatWeights>(rows, first: 3);

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(15)]
    [InlineData(29)]
    public void Multiply_ScaledWeights_WideBitsAreTheNarrowOnes(int rows)
    {
        Compare<UnpackedInt8Weights>(rows, first: 0);
        Compare<UnpackedInt8Weights>(rows, first: 3);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(21)]
    public void Multiply_Int8Weights_WideBitsAreTheNarrowOnes(int rows) => Compare<Int8Weights>(rows, first: 3);

    private void Compare<T>(int rows, int first)
        where T : IPanelWeights
    {
        output.WriteLine($"seed {_seed}");
        Random random = new(_seed);
        int count = Inputs - first;
        float[] x = Numbers(random, rows * Stride), scales = Numbers(random, Width), begun = Numbers(random, rows * Width);
        byte[] weights = T.Bytes == 1 ? Bytes(random, count * Width) : MemoryMarshal.AsBytes<float>(Numbers(random, count * Width)).ToArray();
        float[] narrow = [.. begun], wide = [.. begun];
        fixed (float* px = x, ps = scales, pn = narrow, pw = wide)
        fixed (byte* w = weights)
        {
            PanelBlock<T>.Multiply(w, ps, first, count, new(px, Stride, pn, Width, rows), w, weights.Length);
            WidePanelBlock<T>.Multiply(w, ps, first, count, new(px, Stride, pw, Width, rows), w, weights.Length);
        }
        Assert.Equal(MemoryMarshal.Cast<float, int>(narrow).ToArray(), MemoryMarshal.Cast<float, int>(wide).ToArray());
        Assert.NotEqual(begun, wide);
    }

    private static float[] Numbers(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];

    private static byte[] Bytes(Random random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}

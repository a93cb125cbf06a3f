using System.Runtime.Intrinsics;
using Parti.Inference.Kernels;
using TorchSharp;

namespace Parti.Inference.Tests.Kernels;

[Collection(TorchSetup.Name)]
public sealed unsafe class ActivationsTests
{
    [Fact]
    public void Gelu_WholeRange_AgreesWithTheTensorLibrary()
    {
        using torch.Tensor x = torch.linspace(-14, 14, 40_001), exact = x.to(torch.ScalarType.Float64).gelu();
        double[] expected = exact.data<double>().ToArray();
        float[] inputs = x.data<float>().ToArray();
        double worst = inputs.Zip(expected, (input, gelu) => Math.Abs(Activations.Gelu(Vector256.Create(input)).ToScalar() - gelu) / Math.Max(1, Math.Abs(input))).Max();
        Assert.InRange(worst, 0, 3e-7);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1000, 1000)]
    [InlineData(-1000, 0)]
    [InlineData(float.NaN, float.NaN)]
    public void Gelu_Ends_AreExact(float x, float expected) => Assert.Equal(expected, Activations.Gelu(Vector256.Create(x)).ToScalar());

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(21)]
    public void GateByGelu_AnyLength_KeepsEveryElementsOwnBits(int count)
    {
        float[] gate = [.. Enumerable.Range(0, count).Select(i => (float)Math.Sin(i) * 3)], linear = [.. Enumerable.Range(0, count).Select(i => (float)Math.Cos(i))];
        float[] expected = [.. gate.Zip(linear, (g, l) => Activations.Gelu(Vector256.Create(g)).ToScalar() * l)];
        fixed (float* g = gate, l = linear)
        {
            Activations.GateByGelu(g, l, count);
        }
        Assert.Equal(expected, gate);
    }

    [Fact]
    public void ProductPhase_WithBias_AddsItToEveryRow()
    {
        using PackedMatrix matrix = new(2, [1, 2, 3, 4, 5, 6]);
        using NativeFloats x = NativeFloats.Of([1, 1, 2, 0]), y = new(2 * matrix.Stride), bias = NativeFloats.Of([10, -20, 30]);
        StepState state = new(2, 2);
        state.Renew(stackalloc StepRow[2]);
        new ProductPhase(state, 1, matrix, x.Pointer, 2, y.Pointer, ProductUse.Rectify, bias: bias).Run(0, 0);
        Assert.Equal([13, 0, 41], y.Span(0, 3).ToArray());
        Assert.Equal([12, 0, 40], y.Span(matrix.Stride, 3).ToArray());
    }
}

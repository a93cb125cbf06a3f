using Parti.Models.Families;
using Parti.Models.Families.Parity;
using static TorchSharp.torch;

namespace Parti.Models.Tests.Families.MinDalle;

/// <summary>Every golden tensor of the original against ours.</summary>
public sealed class MinDalleParityTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("mini-like", 16)]
    [InlineData("mega-like", 17)]
    public void Run_GoldenTensors_AreWithinTheirTolerance(string variant, int least)
    {
        using MinDalleFixture fixture = new(variant);
        IReadOnlyList<FixtureOutput> outputs = [.. ModelFamilies.Recognise(fixture.Opened.Source).Run(fixture.Opened)];
        Assert.All(outputs, result =>
        {
            using Tensor expected = fixture.Opened.Expected(result.Name);
            Assert.Equal(expected.shape, result.Values.shape);
            double worst = Worst(expected, result.Values), tolerance = Tolerance(result, expected);
            output.WriteLine($"{result.Name}: {worst:G3} of {tolerance:G3}");
            Assert.True(worst <= tolerance, $"{result.Name} differs by {worst:G3}, allowed are {tolerance:G3}.");
        });
        Assert.InRange(outputs.Count, least, int.MaxValue);
        foreach (FixtureOutput result in outputs)
        {
            result.Values.Dispose();
        }
    }

    private static double Worst(Tensor expected, Tensor found)
    {
        using var scope = NewDisposeScope();
        return expected.to(ScalarType.Float64).sub(found.to(ScalarType.Float64)).abs().max().data<double>()[0];
    }

    private static double Tolerance(FixtureOutput result, Tensor expected) =>
        result.Tolerance ?? (expected.is_floating_point() ? FixtureOutput.StateTolerance : expected.dtype == ScalarType.Byte ? FixtureOutput.ByteTolerance : 0);
}

using Parti.Models.Checkpoints;
using Parti.Models.Families;
using Parti.Models.Families.Parity;
using static TorchSharp.torch;

namespace Parti.Models.Tests.Families;

/// <summary>Reference fixtures beside the tests: published code's checkpoints with inputs and outputs.</summary>
static class FixtureFolders
{
    /// <summary>Opens a fixture.</summary>
    /// <param name="name">Family and variant.</param>
    public static Fixture Open(string name) => Fixture.Open(PathOf(name));

    /// <summary>Full path of a fixture's folder.</summary>
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", name);

    /// <summary>Computes a fixture's outputs and holds each against its golden tensor.</summary>
    /// <returns>Names of the tensors that were compared.</returns>
    public static IReadOnlyList<string> AssertEqual(IModelFamily family, Fixture fixture)
    {
        List<string> compared = [];
        foreach (FixtureOutput output in family.Run(fixture))
        {
            using Tensor values = output.Values, expected = fixture.Expected(output.Name);
            Assert.True(expected.shape.SequenceEqual(values.shape), $"{output.Name} is {TensorInfo.Describe(values.shape)}, not {TensorInfo.Describe(expected.shape)}.");
            Assert.Equal(expected.dtype, values.dtype);
            using Tensor difference = values.to(ScalarType.Float64).sub(expected.to(ScalarType.Float64)).abs().max();
            double allowed = output.Tolerance ?? (expected.dtype == ScalarType.Float32 ? FixtureOutput.StateTolerance : 0);
            Assert.True(difference.item<double>() <= allowed, $"{output.Name} differs by {difference.item<double>():g3}, allowed are {allowed:g3}.");
            compared.Add(output.Name);
        }
        return compared;
    }
}

using Parti.Models.Families.Parity;

namespace Parti.Models.Tests.Families.MinDalle;

/// <summary>Every golden tensor of the original against ours.</summary>
public sealed class MinDalleParityTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("mini-like")]
    [InlineData("mega-like")]
    public void Run_GoldenTensors_AreWithinTheirTolerance(string variant)
    {
        using MinDalleFixture fixture = new(variant);
        ParityReport report = ParityCheck.Run(fixture.Opened, cancellationToken: TestContext.Current.CancellationToken);
        foreach (ParityRow row in report.Rows)
        {
            output.WriteLine($"{row.Name}: {row.MaxError:G3} of {row.Tolerance:G3} {row.Note}");
        }

        Assert.True(report.Passed, string.Join('\n', report.Rows.Where(row => !row.Passed)));
        Assert.Equal(["min-dalle"], report.Families);
    }
}

using Parti.Models.Families.Parity;

namespace Parti.Models.Tests.Families;

public sealed class ParityTests
{
    [Theory]
    [InlineData("taming-vqgan/f16")]
    [InlineData("llamagen/vq8")]
    [InlineData("vit-vqgan/tiny")]
    [InlineData("parti-pytorch/tiny")]
    public void Run_FixtureOfTheOriginal_StaysWithinItsTolerances(string folder)
    {
        using Fixture fixture = Fixture.Open(FixtureFolder.Of(folder));

        ParityReport report = ParityCheck.Run(fixture, cancellationToken: TestContext.Current.CancellationToken);

        Assert.NotEmpty(report.Inputs);
        Assert.True(report.Passed, string.Join('\n', report.Rows));
        foreach (ParityRow row in report.Rows)
        {
            TestContext.Current.SendDiagnosticMessage($"{folder} {row.Name} {row.MaxError:g3}");
        }
    }
}

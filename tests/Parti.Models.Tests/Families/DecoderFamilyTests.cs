using Parti.Models.Families.Parity;

namespace Parti.Models.Tests.Families;

public sealed class DecoderFamilyTests
{
    [Theory]
    [InlineData("llamagen/gpt-t2i", "llamagen")]
    [InlineData("llamagen/gpt-c2i", "llamagen")]
    [InlineData("t5-encoder/tiny", "t5")]
    [InlineData("janus/tiny", "janus")]
    public void Run_FixtureOfTheOriginal_GivesEveryGoldenTensor(string folder, string family)
    {
        using Fixture fixture = Fixture.Open(FixtureFolder.Of(folder));

        ParityReport report = ParityCheck.Run(fixture, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Contains(family, report.Families);
        Assert.True(report.Passed, string.Join('\n', report.Rows));
    }
}

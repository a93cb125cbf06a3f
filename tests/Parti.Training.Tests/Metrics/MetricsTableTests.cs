using Parti.Training.Metrics;

namespace Parti.Training.Tests.Metrics;

public sealed class MetricsTableTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("parti-metrics-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Parse_EmptyAndShortRows_LeaveGaps()
    {
        MetricsTable table = Parse("step,loss,rate,accuracy\n50,4.5,1e-3,\n100,,9e-4,0.25\n150,3\n");

        Assert.Equal(["loss", "rate", "accuracy"], table.Columns);
        Assert.Equal([(50L, 4.5), (150L, 3)], table.Values("loss"));
        Assert.Equal([(50L, 1e-3), (100L, 9e-4)], table.Values("rate"));
        Assert.Equal([(100L, 0.25)], table.Values("accuracy"));
    }

    [Fact]
    public void Parse_LaterHeader_AddsColumnsAndOrdersThemAnew()
    {
        MetricsTable table = Parse("step,loss\n50,4\nstep,accuracy,loss\n100,0.5,3\n");

        Assert.Equal(["loss", "accuracy"], table.Columns);
        Assert.Equal([(50L, 4.0), (100L, 3)], table.Values("loss"));
        Assert.Equal([(100L, 0.5)], table.Values("accuracy"));
    }

    [Fact]
    public void Parse_StepsTakenAgain_KeepsTheLaterValues() =>
        Assert.Equal([(50L, 4.0), (100L, 2.5), (150L, 2)], Parse("step,loss\n50,4\n100,3\n150,99\n100,2.5\n150,2\n").Values("loss"));

    [Fact]
    public void Parse_ValuesThatAreNoNumber_AreLeftOut() => Assert.Equal([(50L, 4.0)], Parse("step,loss\n50,4\n100,NaN\n150,Infinity\n").Values("loss"));

    [Fact]
    public void Read_LineBeingWritten_IsLeftOut()
    {
        string file = Path.Combine(_folder, "metrics.csv");
        using FileStream writer = new(file, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        writer.Write("step,loss\r\n50,4\r\n100,3."u8);
        writer.Flush();
        Assert.Equal([(50L, 4.0)], MetricsTable.Read(file).Values("loss"));
    }

    [Theory]
    [InlineData("step,loss\n50,much\n", "line 2")]
    [InlineData("step,loss\n50,1\n-3,1\n", "line 3")]
    [InlineData("step,loss\n50,1,2\n", "line 2")]
    [InlineData("50,1\n", "line 1")]
    [InlineData("", "header")]
    [InlineData("\n\n", "header")]
    public void Parse_NoTable_NamesThePlace(string text, string named) =>
        Assert.Contains(named, Assert.Throws<InvalidDataException>(() => Parse(text)).Message, StringComparison.Ordinal);

    static MetricsTable Parse(string text) => MetricsTable.Parse(text, "metrics.csv");
}

using Parti.Training.Drawing.Charts;
using Parti.Training.Tests.Scenes;

namespace Parti.Training.Tests.Drawing;

public class ChartAxisTests
{
    [Theory]
    [InlineData(0, 1, "0 0.2 0.4 0.6 0.8 1.0")]
    [InlineData(0, 102, "0 20 40 60 80 100")]
    [InlineData(-3, 3, "-3 -2 -1 0 1 2 3")]
    [InlineData(0, 50_000, "0 10k 20k 30k 40k 50k")]
    [InlineData(0, 2_400_000, "0 0.5M 1.0M 1.5M 2.0M")]
    [InlineData(1_000_000, 1_000_200, "1000000 1000050 1000100 1000150 1000200")]
    [InlineData(0.000123, 0.000124, "1.23e-4 1.232e-4 1.234e-4 1.236e-4 1.238e-4 1.24e-4")]
    [InlineData(0, 0.0005, "0 1e-4 2e-4 3e-4 4e-4 5e-4")]
    public void Ticks_LinearAxis_AreRoundNumbers(double low, double high, string expected) =>
        Assert.Equal(expected, string.Join(' ', new ChartAxis(low, high, false).Ticks().Select(tick => tick.Text)));

    [Theory]
    [InlineData(0.04, 8, "0.05 0.1 0.2 0.5 1 2 5")]
    [InlineData(0.3, 8, "0.5 1 2 5")]
    [InlineData(1, 2_000_000, "1 10 100 1000 10k 100k 1M")]
    [InlineData(0.000015, 0.0011, "2e-5 5e-5 1e-4 2e-4 5e-4 0.001")]
    public void Ticks_LogAxis_ArePowersOfTenAndTheirHalves(double low, double high, string expected) =>
        Assert.Equal(expected, string.Join(' ', new ChartAxis(low, high, true).Ticks().Select(tick => tick.Text)));

    [Fact]
    public void Around_RandomValues_HoldsThemWithRisingDistinctTicks()
    {
        Random random = new(unchecked((int)TestSeed.Next()));
        for (int i = 0; i < 500; i++)
        {
            double scale = Math.Pow(10, random.Next(-9, 9));
            double[] values = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => scale * Math.Pow(10, 3 * random.NextDouble()) * (i % 3 == 0 ? random.Next(-1, 2) : 1))];
            ChartAxis axis = ChartAxis.Around(values, ChartAxis.WantsLog(values));
            IReadOnlyList<(double Value, string Text)> ticks = axis.Ticks();

            Assert.All(values, value => Assert.InRange(axis.Place(value), 0, 1));
            Assert.InRange(ticks.Count, 1, 13);
            Assert.All(ticks, tick => Assert.InRange(axis.Place(tick.Value), -1e-9, 1 + 1e-9));
            Assert.True(ticks.Zip(ticks.Skip(1)).All(pair => pair.First.Value < pair.Second.Value), string.Join(' ', ticks));
            Assert.Equal(ticks.Count, ticks.Select(tick => tick.Text).Distinct().Count());
        }
    }

    [Fact]
    public void WantsLog_MoreThanADecadeAboveZero_Only()
    {
        Assert.True(ChartAxis.WantsLog([0.1, 1.1]));
        Assert.False(ChartAxis.WantsLog([0.1, 0.9]));
        Assert.False(ChartAxis.WantsLog([0, 100]));
        Assert.False(ChartAxis.WantsLog([-1, 100]));
        Assert.False(ChartAxis.WantsLog([]));
    }

    [Fact]
    public void Place_LogAxis_HasEqualDistancesForEqualRatios() => Assert.Equal(0.5, new ChartAxis(1, 100, true).Place(10), 9);
}

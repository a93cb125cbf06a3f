using Parti.Training.Runs;

namespace Parti.Training.Tests.Runs;

public sealed class LearningRatesTests
{
    [Theory]
    [InlineData(0, 4.5e-5 / 5000)]
    [InlineData(4999, 4.5e-5)]
    [InlineData(85_000, 4.5e-5)]
    [InlineData(450_000, 4.5e-5 * 0.025)]
    [InlineData(267_500, 4.5e-5 * 0.15811388300841897)]
    [InlineData(10_000_000, 4.5e-5 * 0.025)]
    public void At_PartisSchedule_WarmsUpHoldsAndFallsExponentially(long step, double rate)
    {
        LearningRates rates = new() { WarmUp = 5000, Falls = [new() { Rate = 4.5e-5, Decay = RateDecay.Exponential, Hold = 85_000, Steps = 365_000, FinalRatio = 0.025 }] };
        Assert.Equal(rate, rates.At(step, 450_000), rate * 1e-9);
    }

    [Theory]
    [InlineData(0, 1e-3)]
    [InlineData(500, 0.51e-3)]
    [InlineData(1000, 0.02e-3)]
    public void At_CosineOverAllSteps_FallsToATwentiethOfATenth(long step, double rate) =>
        Assert.Equal(rate, LearningRates.Cosine(1e-3, 1).At(step, 1000), 1e-12);

    [Fact]
    public void At_SeveralFalls_EachHoldsFromItsFirstStep()
    {
        LearningRates rates = new() { WarmUp = 0, Falls = [new() { Rate = 1, Decay = RateDecay.Constant }, new() { From = 10, Rate = 2, Decay = RateDecay.Constant }] };
        Assert.Equal([1, 1, 2, 2], new long[] { 0, 9, 10, 99 }.Select(step => rates.At(step, 100)));
    }

    [Fact]
    public void Validate_FallsOutOfOrder_NamesTheFall()
    {
        LearningRates rates = new() { Falls = [new() { Rate = 1 }, new() { From = 5, Rate = 1 }, new() { From = 5, Rate = 1 }] };
        Assert.Equal("rates.falls[2].from is 5; it must be above the one before.", Assert.Throws<SettingException>(rates.Validate).Message);
    }

    [Fact]
    public void Validate_RateIsZero_NamesTheRange() => Assert.Equal(
        "rates.falls[0].rate is 0; it must be 1E-12 to 10.", Assert.Throws<SettingException>(LearningRates.Cosine(0).Validate).Message);
}

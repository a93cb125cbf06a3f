using Parti.Training.Evaluation;

namespace Parti.Training.Tests.Evaluation;

public sealed class ProportionTests
{
    /// <summary>Newcombe, Statistics in Medicine 17 (1998), table I, method 3: the score interval without continuity correction.</summary>
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0000, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void Interval_PublishedCase_HasThePublishedEnds(int right, int total, double low, double high)
    {
        Proportion share = new(right, total);
        Assert.Equal(low, share.Low, 4);
        Assert.Equal(high, share.High, 4);
    }

    [Fact]
    public void Interval_AllRight_MirrorsNoneRight()
    {
        Proportion none = new(0, 20), all = new(20, 20);
        Assert.Equal(1, all.High);
        Assert.Equal(0, none.Low);
        Assert.Equal(1 - none.High, all.Low, 12);
    }

    [Fact]
    public void Interval_NoTrials_KnowsNothing()
    {
        Proportion share = new(0, 0);
        Assert.Equal((0, 0, 1), (share.Share, share.Low, share.High));
    }

    [Fact]
    public void ToString_ManyTrials_IsInPercent() => Assert.Equal(" 30.8 % [25.5, 36.6]", new Proportion(81, 263).ToString());
}

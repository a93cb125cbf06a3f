using Parti.Inference.Sampling;

namespace Parti.Inference.Tests.Sampling;

public sealed class TokenLikelihoodTests
{
    [Fact]
    public void Of_AllTokens_AreADistribution()
    {
        float[] logits = [1, 2, -4, float.NegativeInfinity];

        double sum = Enumerable.Range(0, logits.Length).Sum(token => Math.Exp(TokenLikelihood.Of(logits, token)));

        Assert.Equal(1, sum, 12);
        Assert.Equal(1, TokenLikelihood.Of(logits, 1) - TokenLikelihood.Of(logits, 0), 12);
    }

    [Fact]
    public void Of_SameLogitsUpToAConstant_IsTheSame() =>
        Assert.Equal(TokenLikelihood.Of([1, 2, 4], 2), TokenLikelihood.Of([101, 102, 104], 2), 12);

    [Fact]
    public void Of_TokenThatCannotBe_IsFinite() => Assert.Equal(-700, TokenLikelihood.Of([0, float.NegativeInfinity], 1));

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Of_DamagedLogits_AreRefused(float damage)
    {
        Assert.Equal("invalid_logits", Assert.Throws<EngineRequestException>(() => TokenLikelihood.Of([0, damage], 0)).Code);
        Assert.Equal("invalid_logits", Assert.Throws<EngineRequestException>(() => TokenLikelihood.Of([float.NegativeInfinity], 0)).Code);
    }
}

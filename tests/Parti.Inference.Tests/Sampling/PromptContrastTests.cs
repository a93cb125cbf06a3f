using Parti.Inference.Sampling;

namespace Parti.Inference.Tests.Sampling;

public sealed class PromptContrastTests
{
    [Fact]
    public void Of_SameLogitsUpToAConstant_IsTheSame()
    {
        float[] prompt = [1, 2, 4], none = [0, 3, 1], shifted = [101, 102, 104];

        Assert.Equal(PromptContrast.Of(prompt, none, 2), PromptContrast.Of(shifted, none, 2), 12);
    }

    [Fact]
    public void Of_TokenThatThePromptMakesLikelier_IsLargerThanForAnother()
    {
        float[] prompt = [0, 0, 3], none = [0, 0, 0];

        Assert.True(PromptContrast.Of(prompt, none, 2) > PromptContrast.Of(prompt, none, 1));
    }

    [Fact]
    public void Of_TokenThatCannotBe_IsFinite()
    {
        float[] masked = [0, float.NegativeInfinity], open = [0, 0];

        Assert.True(double.IsFinite(PromptContrast.Of(masked, masked, 1)));
        Assert.True(PromptContrast.Of(masked, open, 1) < -300);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Of_DamagedLogits_AreRefused(float damage)
    {
        Assert.Equal("invalid_logits", Assert.Throws<EngineRequestException>(() => PromptContrast.Of([0, damage], [0, 0], 0)).Code);
        Assert.Equal("invalid_logits", Assert.Throws<EngineRequestException>(() => PromptContrast.Of([float.NegativeInfinity], [0], 0)).Code);
    }
}

namespace Parti.Inference.Tests;

public sealed class EngineDescriptionTests
{
    static readonly SamplingParams Sampling = new(3, 0.9f, 100, 0.95f);
    static readonly ModelDescription Model = new("demo", "0123456789abcdef", 24, 64, 64, [64, 256], Sampling);

    [Fact]
    public void ParametersText_WithNegativePrompt_HasThreeParts()
    {
        string text = EngineDescription.ParametersText("a red circle", "blue", Model, Sampling, 42, 1, 256, 256);

        string[] lines = text.Split('\n');
        Assert.Equal("a red circle", lines[0]);
        Assert.Equal("Negative prompt: blue", lines[1]);
        Assert.StartsWith(
            "Steps: 64, Sampler: Gumbel, CFG scale: 3, Seed: 42, Size: 256x256, Model hash: 0123456789, Model: demo, "
            + "Image index: 1, Temperature: 0.9, Top-k: 100, Top-p: 0.95", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void ParametersText_WithoutNegativePrompt_HasTwoParts() =>
        Assert.Equal(2, EngineDescription.ParametersText("x", null, Model, Sampling, 1, 0, 64, 64).Split('\n').Length);

    [Fact]
    public void ParametersText_ModelNameWithComma_IsQuoted() => Assert.Contains(
        "Model: \"a, b\",", EngineDescription.ParametersText("x", null, Model with { Name = "a, b" }, Sampling, 1, 0, 64, 64), StringComparison.Ordinal);
}

using Parti.Inference.Planning;
using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.Transformer;
using TorchSharp;

namespace Parti.Inference.Tests.Planning;

public sealed class MemoryPlanTests
{
    static readonly TransformerArchitecture Sizes = PartiPresets.Demo;
    static readonly ModelWeights Weights = new(1000, 200, 300, 150, 50, 500);

    [Fact]
    public void Of_Demo_CountsEveryWeightOnce()
    {
        ModelArchitecture demo = new() { Transformer = Sizes, ImageTokenizer = PartiPresets.DemoImageTokenizer };
        ModelWeights weights = ModelWeights.Of(demo);
        using PartiTransformer transformer = new(Sizes, device: torch.META);
        using VitVqGan images = new(PartiPresets.DemoImageTokenizer, torch.META);

        Assert.Equal(transformer.parameters().Sum(p => p.numel()), weights.Encoder + weights.DecoderEnds + Sizes.DecoderLayers * weights.DecoderLayer);
        Assert.Equal(images.parameters().Sum(p => p.numel()), weights.Pictures);
        // Six projections and two feed-forward matrices of a layer, three norms; the text's two projections are read once a prompt.
        long d = Sizes.Width, f = Sizes.MlpWidth;
        Assert.Equal(6 * d * d + 2 * d * f + 6 * d, weights.StepLayer);
        Assert.Equal(weights.StepLayer + 2 * d * d, weights.DecoderLayer);
    }

    [Fact]
    public void Plan_OneDevice_AddsUp()
    {
        MemoryPlan plan = new(Weights, Sizes, 2);

        Assert.Equal(2 * (1000 + 500 + 300 + 4 * 200), plan.WeightBytes);
        Assert.Equal(plan.AllWeightBytes, plan.WeightBytes);
        Assert.Equal(2L * 2 * 2 * 4 * (64 + 32) * 192, plan.SlotBytes);
        Assert.Equal(2 * (50 + 4 * 150) + 3 * 2.0 * 2 * 2 * 4 * (32.5 + 32) * 192, plan.StepBytes(3));
        Assert.Equal(64 * plan.StepBytes(3) / 1000, plan.SecondsPerPicture(3, 1000));
        Assert.Equal(3 * 64 / plan.SecondsPerPicture(3, 1000), plan.TokensPerSecond(3, 1000), 1e-9);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(5, 5)]
    public void Slots_MemoryForSome_AreThatMany(int slots, int expected)
    {
        MemoryPlan plan = new(Weights, Sizes, 4);
        long memory = (long)Math.Ceiling((plan.WeightBytes + slots * plan.SlotBytes) / 0.9) + 2;

        Assert.Equal(expected, plan.Slots(memory));
        Assert.Equal(Math.Max(0, expected - 1), plan.Slots(memory - 4));
    }

    [Fact]
    public void Plan_Shards_ShareTheLayersRoundedUp()
    {
        MemoryPlan plan = new(Weights, Sizes, 4, shards: 3);

        Assert.Equal(2, plan.LayersPerShard);
        Assert.Equal(4 * (1000 + 500 + 300 + 2 * 200), plan.WeightBytes);
        Assert.Equal(new MemoryPlan(Weights, Sizes, 4).SlotBytes / 2, plan.SlotBytes);
        Assert.Throws<ArgumentOutOfRangeException>(() => new MemoryPlan(Weights, Sizes, 4, shards: 5));
    }

    [Fact]
    public void Require_TooManySlots_SaysHowManyFit()
    {
        MemoryPlan plan = new(Weights, Sizes, 4);
        long memory = (long)((plan.WeightBytes + 3.5 * plan.SlotBytes) / 0.9);

        plan.Require("demo", 3, memory);
        EngineRequestException error = Assert.Throws<EngineRequestException>(() => plan.Require("demo", 4, memory));
        Assert.Equal("model_too_large", error.Code);
        Assert.Contains("3 slots at most", error.Message, StringComparison.Ordinal);
        Assert.Contains("more memory", Assert.Throws<EngineRequestException>(() => plan.Require("demo", 1, 1000)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("24GiB", 24 * 1073741824.0)]
    [InlineData("80 GB", 80e9)]
    [InlineData("1.5tib", 1.5 * 1099511627776)]
    [InlineData("7B", 7)]
    public void TryParse_NumberAndUnit_IsThatManyBytes(string text, double bytes)
    {
        Assert.True(ByteSize.TryParse(text, out double read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("24")]
    [InlineData("GiB")]
    [InlineData("-3GB")]
    [InlineData("0GB")]
    [InlineData("NaN GB")]
    [InlineData("1e400GB")]
    [InlineData("")]
    public void TryParse_Nonsense_IsRefused(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData(5, "5 B")]
    [InlineData(2048, "2.00 KiB")]
    [InlineData(1.5e9, "1.40 GiB")]
    [InlineData(80e9, "74.5 GiB")]
    [InlineData(5e14, "455 TiB")]
    public void Text_AnyAmount_HasThreeDigits(double bytes, string expected) => Assert.Equal(expected, ByteSize.Text(bytes));
}

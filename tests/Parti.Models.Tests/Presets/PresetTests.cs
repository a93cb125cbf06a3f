using Parti.Models.Families.MinDalle;
using Parti.Models.ImageTokenizer;
using Parti.Models.SuperResolution;
using Parti.Models.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Tests.Presets;

public sealed class PresetTests
{
    static readonly Device Meta = new(DeviceType.META);

    static readonly Dictionary<string, Func<nn.Module>> Networks = new()
    {
        ["transformer-350M"] = () => new PartiTransformer(PartiPresets.P350M, device: Meta),
        ["transformer-750M"] = () => new PartiTransformer(PartiPresets.P750M, device: Meta),
        ["transformer-3B"] = () => new PartiTransformer(PartiPresets.P3B, device: Meta),
        ["transformer-20B"] = () => new PartiTransformer(PartiPresets.P20B, device: Meta),
        ["transformer-demo"] = () => new PartiTransformer(PartiPresets.Demo, device: Meta),
        ["vitvqgan-small"] = () => new VitVqGan(PartiPresets.SmallImageTokenizer, Meta),
        ["vitvqgan-base"] = () => new VitVqGan(PartiPresets.BaseImageTokenizer, Meta),
        ["vitvqgan-large"] = () => new VitVqGan(PartiPresets.LargeImageTokenizer, Meta),
        ["vitvqgan-small-large"] = () => new VitVqGan(PartiPresets.SmallLargeImageTokenizer, Meta),
        ["vitvqgan-demo"] = () => new VitVqGan(PartiPresets.DemoImageTokenizer, Meta),
        ["upsampler-512"] = () => new Upsampler(PartiPresets.Upsampler512, Meta),
        ["upsampler-1024"] = () => new Upsampler(PartiPresets.Upsampler1024, Meta),
        ["min-dalle-mini"] = () => new MinDalleTransformer(MinDallePresets.Mini, MinDallePresets.MiniSettings, Meta),
        ["min-dalle-mega"] = () => new MinDalleTransformer(MinDallePresets.Mega, MinDallePresets.MegaSettings, Meta),
        ["min-dalle-detokenizer"] = () => new VqGan(MinDallePresets.Detokenizer, Meta),
        ["upsampler-demo"] = () => new Upsampler(PartiPresets.DemoUpsampler, Meta),
    };

    public static TheoryData<string> Names => [.. Networks.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Preset_ParameterNamesAndShapes_AreTheApprovedOnes(string preset)
    {
        using DisposeScope scope = NewDisposeScope();
        using nn.Module network = Networks[preset]();
        Assert.All(network.state_dict().Values, t => Assert.Equal(DeviceType.META, t.device_type));
        IReadOnlyList<string> lines = ParameterList.Of(network), folded = ParameterList.Fold(lines);
        Assert.Equal(lines, ParameterList.Unfold(folded));
        ApprovedFile.Check(preset + ".txt", folded);
    }

    [Theory]
    [InlineData("min-dalle-mini", 202_649_584 + 235_313_136)]
    [InlineData("min-dalle-mega", 1_110_220_800L + 1_477_746_688)]
    [InlineData("min-dalle-detokenizer", 46_709_891)]
    public void MinDalle_ParameterTotal_IsThePublishedOne(string preset, long published)
    {
        using nn.Module network = Networks[preset]();
        Assert.Equal(published, network.parameters().Sum(p => p.numel()));
    }

    [Theory]
    [InlineData("upsampler-512", 12, 15e6)]
    [InlineData("upsampler-1024", 24, 30e6)]
    public void Upsampler_ParameterTotal_FitsTheBlocksAndThePaper(string preset, int count, double published)
    {
        using nn.Module network = Networks[preset]();
        long total = network.parameters().Sum(p => p.numel()), blocks = count * (2L * 3 * 3 * 128 * 512 + 512 + 128);
        Assert.InRange(total, blocks, 1.01 * blocks);
        Assert.InRange(total, 0.94 * published, 1.06 * published);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Upsampler_Picture_IsEnlargedByTheFactor(int factor)
    {
        using DisposeScope scope = NewDisposeScope();
        using var upsampler = new Upsampler(new() { Factor = factor, Blocks = 1, Channels = 4, Expansion = 4 });
        Assert.Equal([2, 3, 5 * factor, 7 * factor], upsampler.forward(rand(2, 3, 5, 7)).shape);
    }

    [Theory]
    [InlineData("vitvqgan-small", 8, 512)]
    [InlineData("vitvqgan-base", 12, 768)]
    [InlineData("vitvqgan-large", 32, 1280)]
    public void VitVqGan_LayersOfOneSide_HaveTwelveSquaresOfTheWidthEach(string preset, int layers, int width)
    {
        using nn.Module network = Networks[preset]();
        foreach (string side in new[] { "encoder.", "decoder." })
        {
            long found = network.named_parameters().Where(p => p.name.StartsWith(side, StringComparison.Ordinal)).Sum(p => p.parameter.numel());
            Assert.Equal(layers * (12L * width * width + 4L * width), found);
        }
    }

    [Fact]
    public void Difference_AnotherLine_NamesNumberAndBoth()
    {
        Assert.Null(ApprovedFile.Difference(["a [1]", "total 1"], ["a [1]", "total 1"]));
        Assert.Equal("line 2: approved \"total 1\", found \"total 2\".", ApprovedFile.Difference(["a [1]", "total 1"], ["a [1]", "total 2"]));
        Assert.Equal("line 2: approved \"total 1\", found \"(end)\".", ApprovedFile.Difference(["a [1]", "total 1"], ["a [1]"]));
        Assert.Equal("line 1: approved \"(end)\", found \"a [1]\".", ApprovedFile.Difference([], ["a [1]"]));
    }
}

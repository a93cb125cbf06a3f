using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Tests.Transformer;

public sealed class PartiTransformerTests
{
    static readonly TransformerArchitecture Tiny = new()
    {
        EncoderLayers = 2, DecoderLayers = 2, Width = 32, MlpWidth = 64, Heads = 4, TextVocabulary = 40, MaxTextTokens = 6,
        CodebookSize = 20, ImageTokens = 16, GridHeight = 4, GridWidth = 4,
    };

    static readonly TransformerArchitecture Convolution = Tiny with { Attention = AttentionKind.Convolution, Kernel = 3 };

    public static TheoryData<string, double> PaperTotals => new() { { "350M", 0.350e9 }, { "750M", 0.750e9 }, { "3B", 3.0e9 }, { "20B", 20.4e9 } };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Step_CachedPositions_EqualsPlainPath(bool convolution)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = new PartiTransformer(convolution ? Convolution : Tiny);
        (Tensor states, Tensor mask) = Encode(model);
        Tensor tokens = randint(0, 20, [2, 16], ScalarType.Int64);
        Tensor plain = model.DecodeTrain(tokens, states, mask);
        using var cache = new DecoderCache(model, 2);
        cache.Enter(0, states.narrow(0, 0, 1), mask.narrow(0, 0, 1));
        cache.Enter(1, states.narrow(0, 1, 1), mask.narrow(0, 1, 1));
        for (int p = 0; p < 16; p++)
        {
            Tensor previous = p == 0 ? full([2], 20L, ScalarType.Int64) : tokens.select(1, p - 1);
            Tensor logits = cache.Step(previous, full([2], (long)p, ScalarType.Int64));
            float difference = logits.sub(plain.select(1, p)).abs().max().item<float>();
            Assert.True(difference < 2e-5, $"Position {p}: {difference}");
        }
    }

    [Fact]
    public void ReleaseDecoder_AfterUse_LeavesTheTextEncoder()
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = new PartiTransformer(Tiny);
        Tensor ids = tensor([5L, 6, 7], [1, 3]), mask = ones([1, 3], ScalarType.Bool), before = model.EncodeText(ids, mask);
        model.ReleaseDecoder();

        Assert.Equal(before.data<float>().ToArray(), model.EncodeText(ids, mask).data<float>().ToArray());
        Assert.All(
            model.named_parameters().Where(p => p.parameter.numel() > 0),
            p => Assert.True(p.name.StartsWith("encoder", StringComparison.Ordinal) || p.name.StartsWith("text_", StringComparison.Ordinal), p.name));
    }

    [Fact]
    public void DecodeTrain_LaterTokenChanged_LeavesEarlierLogits()
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = new PartiTransformer(Tiny);
        (Tensor states, Tensor mask) = Encode(model);
        Tensor tokens = randint(0, 20, [2, 16], ScalarType.Int64), changed = tokens.clone();
        changed.select(1, 9).copy_(tokens.select(1, 9).add(1).remainder(20));
        Tensor difference = model.DecodeTrain(tokens, states, mask).sub(model.DecodeTrain(changed, states, mask)).abs().amax([0, 2]);
        Assert.Equal(0, difference.narrow(0, 0, 10).max().item<float>());
        Assert.True(difference.narrow(0, 10, 1).item<float>() > 0);
    }

    [Fact]
    public void DecodeTrain_ConvolutionMask_SeesOnlyItsWindow()
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = new PartiTransformer(Convolution with { DecoderLayers = 1 });
        (Tensor states, Tensor mask) = Encode(model);
        Tensor tokens = randint(0, 20, [2, 16], ScalarType.Int64), changed = tokens.clone();
        changed.select(1, 0).copy_(tokens.select(1, 0).add(1).remainder(20));
        Tensor difference = model.DecodeTrain(tokens, states, mask).sub(model.DecodeTrain(changed, states, mask)).abs().amax([0, 2]);
        // Token 0 is the input of position 1, which positions 2, 4, 5 and 6 see within one row and column of it.
        Assert.Equal(new long[] { 1, 2, 4, 5, 6 }, difference.gt(0).nonzero().flatten().data<long>().ToArray());
    }

    [Fact]
    public void EncodeText_Padding_DoesNotReachRealTokens()
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = new PartiTransformer(Tiny);
        Tensor ids = tensor(new long[] { 5, 6, 1, 0, 0, 0 }, [1, 6]), other = tensor(new long[] { 5, 6, 1, 9, 9, 9 }, [1, 6]);
        Tensor mask = tensor(new[] { true, true, true, false, false, false }, [1, 6]);
        Assert.True(model.EncodeText(ids, mask).equal(model.EncodeText(other, mask)).all().item<bool>());
    }

    [Theory]
    [MemberData(nameof(PaperTotals))]
    public void Preset_ParameterTotal_WithinTwoPercentOfThePaper(string name, double published)
    {
        TransformerArchitecture architecture = name switch
        {
            "350M" => PartiPresets.P350M,
            "750M" => PartiPresets.P750M,
            "3B" => PartiPresets.P3B,
            _ => PartiPresets.P20B,
        };
        using var model = new PartiTransformer(architecture, device: new Device(DeviceType.META));
        // The published totals fit the layers; token tables and the untied head come on top.
        long layers = model.named_parameters().Where(p => p.name.StartsWith("encoder.", StringComparison.Ordinal) || p.name.StartsWith("decoder.", StringComparison.Ordinal)).Sum(p => p.parameter.numel());
        Assert.InRange(layers, 0.98 * published, 1.02 * published);
    }

    [Fact]
    public void Decode_EncodedPicture_KeepsShapeAndRange()
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var tokenizer = new VitVqGan(PartiPresets.DemoImageTokenizer);
        Tensor tokens = tokenizer.Encode(rand(2, 3, 64, 64));
        Assert.Equal(new long[] { 2, 64 }, tokens.shape);
        Tensor pictures = tokenizer.Decode(tokens);
        Assert.Equal(new long[] { 2, 3, 64, 64 }, pictures.shape);
        Assert.InRange(pictures.min().item<float>(), 0, 1);
        Assert.InRange(pictures.max().item<float>(), 0, 1);
    }

    static (Tensor States, Tensor Mask) Encode(PartiTransformer model)
    {
        Tensor ids = randint(4, 40, [2, 6], ScalarType.Int64);
        Tensor mask = tensor(new[] { true, true, true, true, true, true, true, true, true, false, false, false }, [2, 6]);
        return (model.EncodeText(ids, mask), mask);
    }
}

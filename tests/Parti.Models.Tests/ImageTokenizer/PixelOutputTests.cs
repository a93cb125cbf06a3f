using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Tests.ImageTokenizer;

public sealed class PixelOutputTests
{
    static readonly TransformerStack Stack = new() { Layers = 1, Width = 16, MlpWidth = 32, Heads = 2 };

    static readonly ImageTokenizerArchitecture Sizes = new()
    {
        ImageSize = 16, PatchSize = 4, CodebookSize = 64, CodebookDim = 8, Encoder = Stack, Decoder = Stack,
    };

    [Fact]
    public void DecodeCodes_LogitLaplace_IsTheInverseMapOfTheSigmoid()
    {
        using DisposeScope scope = NewDisposeScope();
        using var network = new VitVqGan(Sizes with { Output = PixelOutput.LogitLaplace });
        Tensor codes = network.Codes(network.Encode(rand(2, 3, 16, 16)));
        Tensor expected = network.Last(network.DecoderStates(codes)).neg().exp().add(1).reciprocal().sub(0.1).div(0.8);
        Assert.True(network.DecodeCodes(codes).allclose(expected, 1e-5, 1e-6));
    }

    [Fact]
    public void ToPixels_LogitOfMappedPixels_GivesThemBack()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pixels = linspace(0, 1, 11, dtype: ScalarType.Float64), open = LogitLaplaceMap.ToOpen(pixels);
        Assert.Equal(0.1, open.min().item<double>(), 1e-12);
        Assert.Equal(0.9, open.max().item<double>(), 1e-12);
        Assert.True(LogitLaplaceMap.ToPixels(open.log().sub(open.neg().add(1).log())).allclose(pixels, 1e-9, 1e-12));
    }

    [Fact]
    public void WithDecoder_OfALogitLaplaceTokenizer_IsRaw()
    {
        using var first = new VitVqGan(Sizes with { Output = PixelOutput.LogitLaplace });
        using VitVqGan second = first.WithDecoder(Stack);
        Assert.Equal(PixelOutput.Raw, second.Architecture.Output);
    }
}

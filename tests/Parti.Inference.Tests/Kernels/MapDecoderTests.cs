using Parti.Inference.Families;
using Parti.Inference.Kernels.Pictures;
using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using TorchSharp;

namespace Parti.Inference.Tests.Kernels;

/// <summary>The kernels of convolutional decoders against the tensor library.</summary>
[Collection(TorchSetup.Name)]
public sealed class MapDecoderTests
{
    [Theory]
    [InlineData("small", 4, 4)]
    [InlineData("small", 5, 3)]
    [InlineData("odd", 7, 6)]
    [InlineData("flat", 1, 2)]
    [InlineData("wide", 3, 3)]
    public void Decode_Latents_GivesThePlainPathsPixels(string sizes, int height, int width)
    {
        using IDisposable noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        using VqGan plain = Network(sizes), emptied = Network(sizes);
        using MapDecoder kernels = VqGanKernels.Take(emptied, 2);
        torch.Tensor latents = torch.randn(2, plain.Architecture.Convolutions!.LatentChannels, height, width);

        torch.Tensor expected = plain.DecodeLatents(latents), found = VqGanKernels.Decode(kernels, latents);

        Assert.Equal(expected.shape, found.shape);
        double scale = expected.abs().max().item<float>(), error = expected.sub(found).abs().max().item<float>();
        Assert.InRange(error / scale, 0, 2e-5);
    }

    [Fact]
    public void Decode_OtherThreadsAndNeighbours_GivesTheSameBits()
    {
        using IDisposable noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        using VqGan first = Network("small"), second = Network("small");
        using MapDecoder alone = VqGanKernels.Take(first, 1), shared = VqGanKernels.Take(second, 3);
        torch.Tensor latents = torch.randn(3, 8, 9, 9);

        float[] together = VqGanKernels.Decode(shared, latents)[1].data<float>().ToArray();

        Assert.Equal(VqGanKernels.Decode(alone, latents.narrow(0, 1, 1)).data<float>().ToArray(), together);
    }

    [Fact]
    public void Take_Tokenizer_KeepsWhatTurnsTokensIntoLatents()
    {
        using IDisposable noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        using VqGan plain = Network("small"), emptied = Network("small");
        using MapDecoder kernels = VqGanKernels.Take(emptied, 1);
        torch.Tensor tokens = torch.arange(16, torch.ScalarType.Int64).unsqueeze(0);

        Assert.Equal(plain.Latents(tokens).data<float>().ToArray(), emptied.Latents(tokens).data<float>().ToArray());
        Assert.All(emptied.DecoderParameters().Values, parameter => Assert.Equal(0, parameter.numel()));
    }

    // Same name, same weights. Channels that fill no panel, a level without attention, one level alone, and layers that are not transformed.
    private static VqGan Network(string name)
    {
        torch.random.manual_seed(11);
        VqGanArchitecture convolutions = name switch
        {
            "odd" => Convolutions(12, [12, 36, 20], [0, 1], 4),
            "flat" => Convolutions(8, [8], [], 4),
            "wide" => Convolutions(8, [8, 512], [1], 8),
            _ => Convolutions(8, [8, 8, 16], [2], 4),
        };
        VqGan network = new(new()
        {
            Kind = ImageTokenizerKind.VqGan, ImageSize = 16, PatchSize = 1 << (convolutions.LevelChannels.Count - 1), CodebookSize = 16, CodebookDim = 8, Convolutions = convolutions,
        });
        using IDisposable noGradient = torch.no_grad();
        // Scales and shifts of norms begin at one and zero, where leaving them out would not show.
        foreach ((_, TorchSharp.Modules.Parameter parameter) in network.named_parameters().Where(pair => pair.parameter.dim() == 1))
        {
            parameter.normal_(0.5, 0.5);
        }
        return network;
    }

    private static VqGanArchitecture Convolutions(int channels, IReadOnlyList<int> levels, IReadOnlyList<int> attention, int groups) => new()
    {
        Channels = channels, LevelChannels = levels, Blocks = 1, LatentChannels = 8, AttentionLevels = attention, NormGroups = groups,
        NormalisedCodes = true, HasEncoder = false,
    };
}

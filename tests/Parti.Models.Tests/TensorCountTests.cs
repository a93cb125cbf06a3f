using Parti.Models.Checkpoints;
using Parti.Models.Families.MinDalle;
using Parti.Models.ImageTokenizer;
using Parti.Models.SuperResolution;
using Parti.Models.Transformer;
using static TorchSharp.torch;

namespace Parti.Models.Tests;

/// <summary>Counts the tensors of the whole process, so no other test may run beside it.</summary>
[CollectionDefinition(nameof(TensorCountTests), DisableParallelization = true)]
[Collection(nameof(TensorCountTests))]
public sealed class TensorCountTests
{
    const int Runs = 50;

    [Fact]
    public void VitVqGan_ManyRuns_KeepTheNumberOfTensors()
    {
        using IDisposable noGradient = no_grad();
        var stack = new TransformerStack { Layers = 2, Width = 16, MlpWidth = 32, Heads = 2 };
        using var tokenizer = new VitVqGan(new() { ImageSize = 16, PatchSize = 4, CodebookSize = 64, CodebookDim = 8, Encoder = stack, Decoder = stack });
        using Tensor pictures = rand(2, 3, 16, 16);
        AssertNoneIsLeft(() =>
        {
            using Tensor tokens = tokenizer.Encode(pictures);
            using Tensor decoded = tokenizer.Decode(tokens);
        });
    }

    [Fact]
    public void Upsampler_ManyRuns_KeepTheNumberOfTensors()
    {
        using IDisposable noGradient = no_grad();
        using var upsampler = new Upsampler(new() { Factor = 4, Blocks = 2, Channels = 8, Expansion = 4 });
        using Tensor pictures = rand(2, 3, 16, 16);
        AssertNoneIsLeft(() => upsampler.forward(pictures).Dispose());
    }

    [Fact]
    public void MinDalle_ManyRuns_KeepTheNumberOfTensors()
    {
        using IDisposable noGradient = no_grad();
        TransformerArchitecture sizes = new()
        {
            EncoderLayers = 2, DecoderLayers = 2, Width = 16, MlpWidth = 24, Heads = 2, TextVocabulary = 30, MaxTextTokens = 6, CodebookSize = 20,
            ImageTokens = 4, GridHeight = 2, GridWidth = 2,
        };
        using MinDalleTransformer transformer = new(sizes, new() { ImageRows = 21, StartToken = 19 });
        using DecoderCache cache = new(transformer.Decoder, 2);
        using Tensor ids = zeros(1, 6, ScalarType.Int64), mask = ones(1, 6, ScalarType.Bool), tokens = zeros(2, ScalarType.Int64);
        AssertNoneIsLeft(() =>
        {
            using Tensor states = transformer.Encoder.Encode(ids, mask);
            cache.Enter(0, states, mask);
            cache.Step(tokens, tokens).Dispose();
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void PublishedImageTokenizer_ManyRuns_KeepsTheNumberOfTensors(bool isConvolutional)
    {
        using IDisposable noGradient = no_grad();
        TransformerStack stack = new() { Layers = 1, Width = 16, MlpWidth = 16, Heads = 2, HeadWidth = 4 };
        ImageTokenizerArchitecture sizes = new() { ImageSize = 8, PatchSize = 2, CodebookSize = 8, CodebookDim = 4 };
        using IImageTokenizer tokenizer = ImageTokenizers.Create(isConvolutional
            ? sizes with
            {
                Kind = ImageTokenizerKind.VqGan,
                Convolutions = new() { Channels = 4, LevelChannels = [4, 8], Blocks = 1, LatentChannels = 4, AttentionLevels = [1], NormGroups = 2 },
            }
            : sizes with { Kind = ImageTokenizerKind.EnhancingVitVqGan, Encoder = stack, Decoder = stack });
        using Tensor pictures = rand(2, 3, 8, 8);
        AssertNoneIsLeft(() =>
        {
            using Tensor tokens = tokenizer.Encode(pictures);
            using Tensor decoded = tokenizer.Decode(tokens);
        });
    }

    [Theory]
    [InlineData(UpsamplerKind.Dense)]
    [InlineData(UpsamplerKind.ResidualDense)]
    public void PublishedUpsampler_ManyRuns_KeepsTheNumberOfTensors(UpsamplerKind kind)
    {
        using IDisposable noGradient = no_grad();
        using var upsampler = Upsamplers.Create(new() { Kind = kind, Factor = 2, Blocks = 1, Channels = 4, Convolutions = 2, Growth = 2 });
        using Tensor pictures = rand(1, 3, 4, 4);
        AssertNoneIsLeft(() => upsampler.forward(pictures).Dispose());
    }

    // No collection in between: what a forward leaves to a finaliser counts as left.
    static void AssertNoneIsLeft(Action run)
    {
        run();
        long before = LiveTensors();
        for (int i = 0; i < Runs; i++)
        {
            run();
            Assert.Equal(before, Tensor.TotalCount);
        }
    }

    // Tensors that earlier tests left to their finalisers must be gone before counting starts.
    static long LiveTensors()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.TotalCount;
    }
}

using Parti.Models.Checkpoints;
using Parti.Models.Layers;
using Parti.Models.Transformer;
using TorchSharp;

namespace Parti.Models.Tests.Layers;

public sealed class AttentionMasksTests
{
    [Theory]
    [InlineData(AttentionKind.Dense, 0)]
    [InlineData(AttentionKind.Convolution, 3)]
    [InlineData(AttentionKind.Convolution, 11)]
    [InlineData(AttentionKind.Convolution, 255)]
    public void SeenFrom_EveryPosition_CountsWhatTheMaskShows(AttentionKind kind, int kernel)
    {
        TransformerArchitecture sizes = PartiPresets.Demo with { Attention = kind, Kernel = kernel, ImageTokens = 7 * 13, GridHeight = 7, GridWidth = 13 };
        using DisposeScope scope = torch.NewDisposeScope();
        long[] shown = AttentionMasks.Image(sizes).eq(torch.zeros(1)).sum(1).data<long>().ToArray();

        Assert.Equal(shown, Enumerable.Range(0, sizes.ImageTokens).Select(position => (long)sizes.SeenFrom(position)));
    }
}

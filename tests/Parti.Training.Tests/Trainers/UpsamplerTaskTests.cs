using Parti.Models.ImageTokenizer;
using Parti.Models.SuperResolution;
using Parti.Training.Trainers;

namespace Parti.Training.Tests.Trainers;

public sealed class UpsamplerTaskTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Train_EitherFactor_LowersTheLossAndLeavesTheTokenizer(int factor)
    {
        using VitVqGan tokenizer = TinyNetworks.Drawn(new VitVqGan(TinyNetworks.Sizes), 1);
        using Upsampler network = TinyNetworks.Drawn(new Upsampler(new() { Factor = factor, Blocks = 1, Channels = 8, Expansion = 2 }), 2);
        Dictionary<string, float[]> before = TinyNetworks.Values(tokenizer);
        using var task = new UpsamplerTask(network, tokenizer, TinyNetworks.Scenes, new() { Batch = 2, Losses = new() { L1 = 1, L2 = 1 } });
        using var loop = new AlternatingLoop(task);
        double[] losses = loop.Run(0, 40, 3e-3);
        Assert.True(losses[^10..].Average() < 0.7 * losses[..10].Average(), $"Loss went from {losses[0]} to {losses[^1]}.");
        Assert.All(TinyNetworks.Values(tokenizer), pair => Assert.Equal(before[pair.Key], pair.Value));
    }
}

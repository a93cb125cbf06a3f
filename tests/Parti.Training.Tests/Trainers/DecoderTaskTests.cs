using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Training.Runs;
using Parti.Training.Trainers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Tests.Trainers;

public sealed class DecoderTaskTests
{
    static readonly TransformerStack Larger = new() { Layers = 2, Width = 48, MlpWidth = 96, Heads = 3 };

    [Fact]
    public void Train_LargerDecoder_MovesTheDecoderAloneAndKeepsEveryToken()
    {
        using DisposeScope scope = NewDisposeScope();
        using VitVqGan first = TinyNetworks.Drawn(new VitVqGan(TinyNetworks.Sizes with { Output = PixelOutput.LogitLaplace }), 1);
        using VitVqGan network = first.WithDecoder(Larger);
        Tensor pictures = PictureBatch.Pixels(TinyNetworks.At(9, 8, 16), 16, CPU);
        Tensor tokens = first.Encode(pictures);
        Dictionary<string, float[]> before = TinyNetworks.Values(network);
        using var task = new DecoderTask(network, TinyNetworks.Scenes, new() { Batch = 4, Losses = new() { L2 = 1 } });
        using var loop = new AlternatingLoop(task);
        double[] losses = loop.Run(0, 40, 2e-3);
        Assert.True(losses[^10..].Average() < 0.7 * losses[..10].Average(), $"Loss went from {losses[0]} to {losses[^1]}.");
        Assert.All(TinyNetworks.Values(network), pair => Assert.Equal(IsOfDecoder(pair.Key), !before[pair.Key].SequenceEqual(pair.Value)));
        Assert.Equal(tokens.data<long>().ToArray(), network.Encode(pictures).data<long>().ToArray());
    }

    [Fact]
    public void DecoderTask_DecoderWithSigmoid_IsRefused()
    {
        using var network = new VitVqGan(TinyNetworks.Sizes with { Output = PixelOutput.LogitLaplace });
        TrainingException error = Assert.Throws<SettingException>(() => new DecoderTask(network, TinyNetworks.Scenes, new() { Batch = 1, Losses = new() { L2 = 1 } }));
        Assert.Contains("raw", error.Message, StringComparison.Ordinal);
    }

    static bool IsOfDecoder(string name) => name.StartsWith("decoder", StringComparison.Ordinal) || name.StartsWith("from_code", StringComparison.Ordinal);
}
